package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unicode"
)

// element is what custom-elements.json says of <web-phone>.
type element struct {
	TagName     string
	Description string
	Attributes  []named
	Members     []named
}

type named struct {
	Kind        string
	Name        string
	Description string
	Type        struct{ Text string }
	Static      bool
	Readonly    bool
}

// readElement reads the first custom element of a manifest.
func readElement(path string) (*element, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Modules []struct{ Declarations []element }
	}
	if err := json.Unmarshal(content, &manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, module := range manifest.Modules {
		for _, declared := range module.Declarations {
			if declared.TagName != "" {
				return &declared, nil
			}
		}
	}
	return nil, fmt.Errorf("%s names no element", path)
}

// settable are the attributes that a page sets; the others show state.
func (e *element) settable() []named {
	var list []named
	for _, attribute := range e.Attributes {
		if !strings.HasPrefix(attribute.Description, "Reflected:") {
			list = append(list, attribute)
		}
	}
	return list
}

func boolean(attribute named) bool { return attribute.Type.Text == "boolean" }

// editorData is VS Code's custom data (customData.schema.json, version 1.1). A
// value set "v" is of attributes without a value.
func (e *element) editorData() []byte {
	type attribute struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		ValueSet    string `json:"valueSet,omitempty"`
	}
	type tag struct {
		Name        string      `json:"name"`
		Description string      `json:"description"`
		Attributes  []attribute `json:"attributes"`
	}
	described := tag{Name: e.TagName, Description: e.Description}
	for _, known := range e.settable() {
		value := attribute{Name: known.Name, Description: known.Description}
		if boolean(known) {
			value.ValueSet = "v"
		}
		described.Attributes = append(described.Attributes, value)
	}
	data, err := json.MarshalIndent(struct {
		Version float64 `json:"version"`
		Tags    []tag   `json:"tags"`
	}{1.1, []tag{described}}, "", "  ")
	if err != nil {
		panic(err) // texts and lists of texts alone
	}
	return append(data, '\n')
}

// attributeTypes declares the attributes in markup. What any element has (id,
// lang and the like) is left to the framework's own types.
func (e *element) attributeTypes() []byte {
	var out bytes.Buffer
	out.WriteString("// Made from custom-elements.json.\n\n/** The attributes of `<web-phone>`. */\nexport interface WebPhoneAttributes {\n")
	for _, attribute := range e.settable() {
		if attribute.Name == "id" {
			continue
		}
		kind := "string"
		if boolean(attribute) {
			kind = `boolean | ""`
		}
		description := strings.ReplaceAll(attribute.Description, "*/", "*\\/")
		fmt.Fprintf(&out, "  /** %s */\n  %q?: %s | null | undefined;\n", description, attribute.Name, kind)
	}
	out.WriteString("}\n")
	return out.Bytes()
}

// ownWay are properties that do not mirror their attribute: it is taken away
// once read, or is the value at first alone.
var ownWay = map[string]bool{"password": true, "value": true}

// members says for every property that can be set how a framework sets it: by
// the attribute that mirrors it, or on the element.
func (e *element) members() []byte {
	var mirrored, others bytes.Buffer
	for _, member := range e.Members {
		if member.Kind != "field" || member.Static || member.Readonly {
			continue
		}
		if attribute := e.mirror(member); attribute != "" && !ownWay[member.Name] {
			fmt.Fprintf(&mirrored, "  %s: %q,\n", member.Name, attribute)
		} else {
			fmt.Fprintf(&others, "  %q,\n", member.Name)
		}
	}
	return fmt.Appendf(nil, "// Made from custom-elements.json.\n\n"+
		"/** Properties and the attributes that mirror them; `no-…` says the opposite. */\n"+
		"export const attributes = {\n%s} as const;\n\n"+
		"/** Properties that no attribute mirrors. */\n"+
		"export const properties = [\n%s] as const;\n", mirrored.Bytes(), others.Bytes())
}

// mirror is the attribute of a property, or empty: `sipServer` has
// `sip-server`, and what is on by default has a `no-…` (`showDial`, `no-dial`).
func (e *element) mirror(property named) string {
	name := kebab(property.Name)
	for _, attribute := range e.Attributes {
		if attribute.Type.Text != property.Type.Text {
			continue
		}
		if attribute.Name == name || attribute.Name == "no-"+strings.TrimPrefix(name, "show-") {
			return attribute.Name
		}
	}
	return ""
}

func kebab(name string) string {
	var out strings.Builder
	for _, letter := range name {
		if unicode.IsUpper(letter) {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(letter))
	}
	return out.String()
}
