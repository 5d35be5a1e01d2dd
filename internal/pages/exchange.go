package pages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

const (
	// Format names the file by which a page is exported.
	Format = "webphone-page"
	// FormatVersion is the newest version of it that is known here.
	FormatVersion = 1
	// MaxFile bounds the file, in bytes.
	MaxFile = 1 << 20
)

// Scopes of a variable.
const (
	// ScopePage is one page's.
	ScopePage = "page"
	// ScopeAll is of all pages.
	ScopeAll = "all"
)

// Variable is an environment variable in an exported file. One without a value
// names a secret that the export left out.
type Variable struct {
	Name      string  `json:"name"`
	Scope     string  `json:"scope"`
	Value     *string `json:"value,omitempty"`
	Protected bool    `json:"protected,omitempty"`
	Private   bool    `json:"private,omitempty"`
	Locked    bool    `json:"locked,omitempty"`
	Default   bool    `json:"default,omitempty"`
}

// File is an exported page.
type File struct {
	Format    string          `json:"format"`
	Version   int             `json:"version"`
	Name      string          `json:"name"`
	Page      json.RawMessage `json:"page"`
	Variables []Variable      `json:"variables,omitempty"`

	// Document is Page as it was read; WriteFile does not need it.
	Document *Document `json:"-"`
}

// FileError says why a file is none that can be imported.
type FileError struct {
	// Message is a sentence for a person.
	Message string
	// Problems are what is wrong inside, each where it is.
	Problems []Problem
}

// Error implements error.
func (e *FileError) Error() string { return e.Message }

// ReadFile reads an exported page. Its errors are FileErrors.
func ReadFile(text []byte) (*File, error) {
	if len(text) > MaxFile {
		return nil, &FileError{Message: fmt.Sprintf("The file is larger than %d KiB, which is the limit.", MaxFile>>10)}
	}
	// Some editors put a byte order mark before the text.
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	value, err := decode(text)
	if err != nil {
		return nil, &FileError{Message: fmt.Sprintf("The file is not JSON that can be read: %v. Export it again and choose the whole file.", err)}
	}
	object, _ := value.(map[string]any)
	if object["format"] != Format {
		return nil, &FileError{Message: "The file is not a page of the web phone. Choose a file that the page builder has exported."}
	}
	if version, ok := object["version"].(json.Number); ok && isNewer(version) {
		return nil, &FileError{Message: fmt.Sprintf("The file was made by a newer web phone: its format has version %s, and this one knows %d. Update this web phone first.", short(version.String()), FormatVersion)}
	}
	if problems := validate(compiled().file, value); len(problems) > 0 {
		return nil, damaged(problems)
	}
	file := &File{}
	if err := json.Unmarshal(text, file); err != nil {
		return nil, damaged([]Problem{{Message: "A whole number is not written as one."}})
	}
	var problems []Problem
	if file.Document, problems = Parse(file.Page); len(problems) > 0 {
		return nil, damaged(problems)
	}
	type key struct{ scope, name string }
	seen := map[key]bool{}
	for i, variable := range file.Variables {
		if seen[key{variable.Scope, variable.Name}] {
			return nil, damaged([]Problem{{Path: fmt.Sprintf("/variables/%d/name", i), Message: fmt.Sprintf("The variable %s is there twice.", variable.Name)}})
		}
		seen[key{variable.Scope, variable.Name}] = true
	}
	return file, nil
}

// isNewer tells whether a format's version is beyond what is known, however
// large it is.
func isNewer(version json.Number) bool {
	number, err := version.Float64()
	return err != nil || number > FormatVersion
}

func damaged(problems []Problem) *FileError {
	return &FileError{Message: "The file is damaged, or was changed by hand: " + problems[0].Message, Problems: problems}
}

// ErrTooLarge says that a page and its variables are too much for one file.
var ErrTooLarge = fmt.Errorf("the page and its variables have more than the %d KiB that a file may have", MaxFile>>10)

// WriteFile writes a page for export. Format and Version are set.
func WriteFile(file File) ([]byte, error) {
	file.Format, file.Version = Format, FormatVersion
	for _, indent := range []string{"  ", ""} {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", indent)
		if err := encoder.Encode(file); err != nil {
			return nil, errors.Join(errors.New("pages: the page cannot be written"), err)
		}
		if text.Len() <= MaxFile {
			return text.Bytes(), nil
		}
	}
	return nil, ErrTooLarge
}

var identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// MayUse returns the names of variables that a document may use: all that it
// names, and every word in its actions.
func MayUse(text []byte) map[string]bool {
	used := map[string]bool{}
	page, err := decode(text)
	if err != nil {
		return used
	}
	var look func(value any)
	look = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			if name, ok := value["env"].(string); ok {
				used[name] = true
			}
			if code, ok := value["code"].(string); ok && value["kind"] == KindAction {
				for _, word := range identifier.FindAllString(code, -1) {
					used[word] = true
				}
			}
			for _, member := range value {
				look(member)
			}
		case []any:
			for _, item := range value {
				look(item)
			}
		case string:
			for _, found := range placeholder.FindAllStringSubmatch(value, -1) {
				for _, word := range identifier.FindAllString(found[1], -1) {
					used[word] = true
				}
			}
		}
	}
	look(page)
	return used
}
