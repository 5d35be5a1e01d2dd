package pages

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed page.schema.json
var schemaText []byte

// Schema returns the JSON Schema (2020-12) of a page and of the file by which it
// is exported.
func Schema() []byte { return bytes.Clone(schemaText) }

// schemas are the parts of the schema that something is held to by itself.
type schemas struct {
	file, page, name, variableName *jsonschema.Schema
}

var compiled = sync.OnceValue(func() schemas {
	const base = "file:///page.schema.json"
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		panic(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(base, document); err != nil {
		panic(err)
	}
	part := func(name string) *jsonschema.Schema { return compiler.MustCompile(base + "#/$defs/" + name) }
	return schemas{compiler.MustCompile(base), part("page"), part("name"), part("variableName")}
})

// forms says in words what a pattern of the schema asks for, by the place of the
// pattern in the schema.
var forms = map[string]string{
	"/$defs/name":                             "has 1 to 64 small letters, digits and hyphens, with none of these at its ends",
	"/$defs/id":                               "begins with a letter and goes on with letters, digits, - and _, 64 at most",
	"/$defs/functionName":                     "begins with a letter, _ or $ and goes on with letters, digits, _ and $, 64 at most",
	"/$defs/variableName":                     "begins with a letter or _ and goes on with letters, digits and _, 64 at most",
	"/$defs/page/properties/language":         "is a language such as en or pt-BR",
	"/$defs/page/properties/embedding/items":  "is a site such as https://shop.example.com, or * for any",
	"/$defs/url/properties/url":               "begins with https:// or http://",
	"/$defs/dynamic/oneOf/1/properties/field": "names members with dots between them, such as user.name",
}

// ValidateName tells whether a page may have a name.
func ValidateName(name string) error {
	if compiled().name.Validate(name) != nil {
		return errors.New("a page's name " + strings.Replace(forms["/$defs/name"], "none of these", "no hyphen", 1))
	}
	return nil
}

// ValidateVariableName tells whether an environment variable may have a name.
func ValidateVariableName(name string) error {
	if compiled().variableName.Validate(name) != nil {
		return errors.New("a variable's name " + forms["/$defs/variableName"])
	}
	return nil
}

// validate holds a decoded value to a schema.
func validate(schema *jsonschema.Schema, value any) []Problem {
	var failure *jsonschema.ValidationError
	if !errors.As(schema.Validate(value), &failure) {
		return nil
	}
	var problems []Problem
	for _, leaf := range leaves(failure) {
		if len(problems) == maxProblems {
			break
		}
		problems = append(problems, problemAt(value, leaf.at, "%s", leaf.words))
	}
	return problems
}

// leaf is what is wrong at one place.
type leaf struct {
	at    []string
	words string
}

func leaves(failure *jsonschema.ValidationError) []leaf {
	switch failure.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		return leavesOfChoice(failure)
	}
	if len(failure.Causes) == 0 {
		return []leaf{{failure.InstanceLocation, words(failure)}}
	}
	var all []leaf
	for _, cause := range failure.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

// leavesOfChoice tells what is wrong with the alternative that was meant: the
// one whose type and kind fit, and among such the one with the fewest faults.
func leavesOfChoice(failure *jsonschema.ValidationError) []leaf {
	var best []leaf
	for _, cause := range failure.Causes {
		if !meant(cause, len(failure.InstanceLocation)) {
			continue
		}
		if found := leaves(cause); best == nil || len(found) < len(best) {
			best = found
		}
	}
	if best != nil {
		return best
	}
	name := subject(failure.InstanceLocation)
	if wanted := constantType(failure); wanted != "" {
		return []leaf{{failure.InstanceLocation, fmt.Sprintf("%s has to be %s, or come from a variable or a function.", name, wanted)}}
	}
	return []leaf{{failure.InstanceLocation, name + " is of a type that is not known here."}}
}

// constantType is what a value has to be that is not looked up.
func constantType(failure *jsonschema.ValidationError) string {
	for _, cause := range failure.Causes {
		if fault, ok := cause.ErrorKind.(*kind.Type); ok && fault.Want[0] != "object" {
			return typeWords[fault.Want[0]]
		}
		if found := constantType(cause); found != "" && len(cause.InstanceLocation) == len(failure.InstanceLocation) {
			return found
		}
	}
	return ""
}

// meant tells whether a failure below a choice at this depth leaves open that
// this alternative was meant.
func meant(failure *jsonschema.ValidationError, depth int) bool {
	switch failure.ErrorKind.(type) {
	case *kind.Type:
		if len(failure.InstanceLocation) == depth {
			return false
		}
	case *kind.Const:
		if len(failure.InstanceLocation) == depth+1 {
			return false
		}
	}
	for _, cause := range failure.Causes {
		if len(cause.InstanceLocation) <= depth+1 && !meant(cause, depth) {
			return false
		}
	}
	return true
}

var typeWords = map[string]string{
	"string": "text", "boolean": "true or false", "integer": "a whole number", "number": "a number",
	"object": "an object", "array": "a list", "null": "null",
}

// words says what is wrong, as a sentence. What is in the document is named, and
// never quoted: it may be a secret.
func words(failure *jsonschema.ValidationError) string {
	name := subject(failure.InstanceLocation)
	switch fault := failure.ErrorKind.(type) {
	case *kind.Required:
		return fmt.Sprintf("%s lacks %s.", name, strings.Join(fault.Missing, ", "))
	case *kind.AdditionalProperties:
		return fmt.Sprintf("%s has a member that is not known here: %s.", name, short(strings.Join(fault.Properties, ", ")))
	case *kind.Type:
		var wanted []string
		for _, want := range fault.Want {
			wanted = append(wanted, typeWords[want])
		}
		return fmt.Sprintf("%s has to be %s.", name, strings.Join(wanted, " or "))
	case *kind.Enum:
		return fmt.Sprintf("%s has to be one of: %s.", name, strings.Trim(fmt.Sprint(fault.Want), "[]"))
	case *kind.Const:
		return fmt.Sprintf("%s has to be %v.", name, fault.Want)
	case *kind.Pattern:
		_, place, _ := strings.Cut(failure.SchemaURL, "#")
		if form := forms[place]; form != "" {
			return fmt.Sprintf("%s is not in its form: it %s.", name, form)
		}
		return name + " is not in its form."
	case *kind.MinLength:
		return name + " may not be empty."
	case *kind.MaxLength:
		return fmt.Sprintf("%s has %d characters; %d is the limit.", name, fault.Got, fault.Want)
	case *kind.MinItems:
		return fmt.Sprintf("%s needs at least %d.", name, fault.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("%s has %d items; %d is the limit.", name, fault.Got, fault.Want)
	case *kind.UniqueItems:
		return name + " names one thing twice."
	case *kind.Minimum:
		return fmt.Sprintf("%s has to be %s at least.", name, fault.Want.RatString())
	case *kind.Maximum:
		return fmt.Sprintf("%s has to be %s at most.", name, fault.Want.RatString())
	}
	return name + " is not as the schema of a page says."
}

// subject names a place by the last member on the way to it.
func subject(at []string) string {
	for i := len(at) - 1; i >= 0; i-- {
		if strings.Trim(at[i], "0123456789") != "" {
			return short(at[i])
		}
	}
	return "The page"
}

// maxShown bounds what is said of a member's name, in bytes.
const maxShown = 80

func short(text string) string {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}
