package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// exported finds what a file of types exports, with what it is.
var exported = regexp.MustCompile(`(?m)^export (?:declare )?(class|const|function|interface|type) (\w+)`)

// engineTypes are the types of phone.js: those of webphone.js without the
// element.
func engineTypes(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var values, types []string
	for _, match := range exported.FindAllStringSubmatch(string(content), -1) {
		switch kind, name := match[1], match[2]; {
		case name == "WebPhone":
		case kind == "interface" || kind == "type":
			types = append(types, name)
		default:
			values = append(values, name)
		}
	}
	if len(values) == 0 || len(types) == 0 {
		return nil, fmt.Errorf("%s exports nothing", path)
	}
	list := func(names []string) string { return "  " + strings.Join(names, ",\n  ") + ",\n" }
	return fmt.Appendf(nil, "// Made from webphone.d.ts: what phone.js has of it.\n"+
		"export {\n%s} from \"./webphone.js\";\nexport type {\n%s} from \"./webphone.js\";\n",
		list(values), list(types)), nil
}
