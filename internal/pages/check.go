package pages

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Bounds of a page beyond those of the schema.
const (
	// MaxDocument bounds a document, in bytes.
	MaxDocument = 512 << 10
	// maxComponents bounds a page's components, those in columns among them.
	maxComponents = 500
	// maxColumns bounds how many columns stand around a component.
	maxColumns = 4
	// maxProblems bounds what is told at once.
	maxProblems = 100
)

// Problem is something wrong with a page, told where it is.
type Problem struct {
	// Path is a JSON Pointer (RFC 6901) into the document.
	Path string `json:"path" doc:"Where in the document: a JSON Pointer (RFC 6901)."`
	// Component is the ID of the component that has it, or empty.
	Component string `json:"component,omitempty" doc:"The ID of the component that has the problem."`
	// Function is the name of the function that has it, or empty.
	Function string `json:"function,omitempty" doc:"The name of the function that has the problem."`
	Message  string `json:"message" doc:"What is wrong, as a sentence."`
}

// Parse reads a document. The problems are those for which it cannot be kept,
// not even as a draft: it breaks the schema or a bound, or uses an ID twice.
func Parse(text []byte) (*Document, []Problem) {
	if len(text) > MaxDocument {
		return nil, []Problem{{Message: fmt.Sprintf("The page has %d bytes; %d is the limit.", len(text), MaxDocument)}}
	}
	value, err := decode(text)
	if err != nil {
		return nil, []Problem{{Message: fmt.Sprintf("The page is not JSON that can be read: %v.", err)}}
	}
	if problems := validate(compiled().page, value); len(problems) > 0 {
		return nil, problems
	}
	if problems := checkStructure(value); len(problems) > 0 {
		return nil, problems
	}
	document := &Document{}
	if err := json.Unmarshal(text, document); err != nil {
		return nil, []Problem{{Message: "The page has a whole number that is not written as one, such as 60."}}
	}
	return document, nil
}

// checkStructure finds IDs that are used twice, and what is too much or too deep.
func checkStructure(page any) []Problem {
	var problems []Problem
	used := map[string]bool{}
	count := 0
	for at, component := range components(page) {
		count++
		if columnsAround(at) > maxColumns {
			problems = append(problems, problemAt(page, at, "Columns stand in columns %d deep at most.", maxColumns))
		}
		id := text(component, "id")
		if used[id] {
			problems = append(problems, problemAt(page, append(at, "id"), "The ID %s is used twice; give one of the two another.", id))
		}
		used[id] = true
	}
	if count > maxComponents {
		problems = append(problems, Problem{Path: "/components", Message: fmt.Sprintf("The page has %d components; %d is the limit.", count, maxComponents)})
	}
	return problems[:min(len(problems), maxProblems)]
}

// Actions that every page has, be they written or not.
const (
	actionMounted = "mounted"
	actionRefresh = "refresh"
)

// Check finds what hinders a page from being published, though not from being
// kept as a draft. text is a document that Parse takes. private tells of each
// variable that the page sees and that is set whether it is private.
func Check(text []byte, private map[string]bool) []Problem {
	page, err := decode(text)
	if err != nil {
		return []Problem{{Message: fmt.Sprintf("The page is not JSON that can be read: %v.", err)}}
	}
	c := &checker{page: page, private: private, kinds: map[string]string{actionMounted: KindAction, actionRefresh: KindAction}}
	c.functions()
	for at, component := range components(page) {
		c.component(at, component)
	}
	return c.problems[:min(len(c.problems), maxProblems)]
}

type checker struct {
	page     any
	private  map[string]bool
	kinds    map[string]string
	problems []Problem
}

func (c *checker) report(at []string, format string, values ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, problemAt(c.page, at, format, values...))
	}
}

// component looks at every value of a component that is looked up.
func (c *checker) component(at []string, component map[string]any) {
	for _, name := range sortedKeys(component) {
		here := append(slices.Clone(at), name)
		switch value := component[name].(type) {
		case string:
			if name == "onChange" || name == "onClick" {
				c.action(here, value)
			}
		case map[string]any:
			if name == "actions" {
				for _, event := range sortedKeys(value) {
					c.action(append(slices.Clone(here), event), text(value, event))
				}
			} else if variable := text(value, "env"); variable != "" {
				c.variable(here, variable, true)
			} else if function := text(value, "function"); c.kinds[function] == "" {
				c.report(here, "There is no function %s.", function)
			}
		}
	}
}

// action looks at what runs at an event.
func (c *checker) action(at []string, name string) {
	switch c.kinds[name] {
	case KindAction:
	case "":
		c.report(at, "There is no action %s.", name)
	default:
		c.report(at, "%s is no action; choose an action, which can call it.", name)
	}
}

// variable looks at the use of a variable, which the page itself sees when it is
// shown.
func (c *checker) variable(at []string, name string, shown bool) {
	private, set := c.private[name]
	switch {
	case !set:
		c.report(at, "The environment variable %s is not set.", name)
	case private && shown:
		c.report(at, "The environment variable %s is private and never sent to a page; use it in a function that the server runs.", name)
	}
}

func (c *checker) functions() {
	seen := map[string]bool{}
	for i, item := range list(c.page, "functions") {
		function, _ := item.(map[string]any)
		at := []string{"functions", strconv.Itoa(i)}
		name, kind := text(function, "name"), text(function, "kind")
		if seen[name] {
			c.report(append(at, "name"), "The function %s is there twice; give one of the two another name.", name)
		}
		seen[name] = true
		if kind != KindAction && c.kinds[name] == KindAction && (name == actionMounted || name == actionRefresh) {
			c.report(append(at, "name"), "%s is an action that the page itself runs; give this function another name.", name)
		}
		c.kinds[name] = kind
		switch kind {
		case KindURL:
			c.url(at, name, function)
		case KindVisitor:
			if destination, ok := function["destination"].(map[string]any); ok {
				c.variable(append(at, "destination"), text(destination, "env"), false)
			}
		}
	}
}
