package pages

import (
	"encoding/json"
	"testing"
)

// FuzzDocument looks for a document that is taken and then not understood.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{whole, document(phone, ""), `{"title":"a","components":[],"functions":[]}`, "", "[]", "{", `{"title":"\ud800","components":[],"functions":[]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		parsed, problems := Parse(text)
		if (parsed == nil) != (len(problems) > 0) {
			t.Fatalf("%v with %v", parsed, problems)
		}
		for _, problem := range problems {
			if problem.Message == "" {
				t.Fatal("a problem without words")
			}
		}
		if parsed == nil {
			return
		}
		if len(problems) > maxProblems || parsed.Title == "" {
			t.Fatalf("%d problems, title %q", len(problems), parsed.Title)
		}
		Check(text, known)
		MayUse(text)
		file, err := WriteFile(File{Name: "help", Page: json.RawMessage(text)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(file); err != nil {
			t.Fatalf("what was exported is not imported: %v", err)
		}
	})
}

// FuzzImport looks for a file that is taken and then not understood.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		`{"format":"webphone-page","version":1,"name":"help","page":` + whole + `,"variables":[{"name":"A","scope":"page","value":"1"}]}`,
		`{"format":"webphone-page","version":2}`, `{"format":"webphone-page"}`, `{"format":1}`, "null", "", "\ufeff{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := ReadFile(text)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		if file.Document == nil || ValidateName(file.Name) != nil {
			t.Fatalf("taken: %+v", file)
		}
		for _, variable := range file.Variables {
			if ValidateVariableName(variable.Name) != nil || variable.Scope != ScopePage && variable.Scope != ScopeAll {
				t.Fatalf("taken: %+v", variable)
			}
		}
	})
}
