package pages

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// components returns every component of a decoded page with the way to it, outer
// before inner. The way belongs to who gets it.
func components(page any) iter.Seq2[[]string, map[string]any] {
	return func(yield func([]string, map[string]any) bool) { walk(page, nil, yield) }
}

func walk(holder any, at []string, yield func([]string, map[string]any) bool) bool {
	for i, item := range list(holder, "components") {
		component, ok := item.(map[string]any)
		if !ok {
			continue
		}
		here := append(slices.Clone(at), "components", strconv.Itoa(i))
		if !yield(slices.Clone(here), component) {
			return false
		}
		for j, column := range list(component, "columns") {
			if !walk(column, append(slices.Clone(here), "columns", strconv.Itoa(j)), yield) {
				return false
			}
		}
	}
	return true
}

func columnsAround(at []string) int {
	count := 0
	for _, token := range at {
		if token == "columns" {
			count++
		}
	}
	return count
}

// problemAt says what is wrong at a place, and which component or function it is
// that has it.
func problemAt(root any, at []string, format string, values ...any) Problem {
	problem := Problem{Path: pointer(at), Message: fmt.Sprintf(format, values...)}
	value := root
	for i, token := range append(slices.Clone(at), "") {
		if object, ok := value.(map[string]any); ok {
			if text(object, "type") != "" && text(object, "id") != "" {
				problem.Component = short(text(object, "id"))
			}
			if i >= 2 && at[i-2] == "functions" {
				problem.Function = short(text(object, "name"))
			}
		}
		value = step(value, token)
	}
	return problem
}

func step(value any, token string) any {
	switch value := value.(type) {
	case map[string]any:
		return value[token]
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(value) {
			return value[i]
		}
	}
	return nil
}

// pointer writes a JSON Pointer (RFC 6901 §3).
func pointer(at []string) string {
	var b strings.Builder
	for _, token := range at {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
	}
	return b.String()
}

// text returns a member that is a string, or nothing.
func text(object map[string]any, name string) string {
	value, _ := object[name].(string)
	return value
}

// list returns a member that is a list, or nothing.
func list(value any, name string) []any {
	object, _ := value.(map[string]any)
	items, _ := object[name].([]any)
	return items
}

func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
