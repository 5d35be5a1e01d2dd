package pages

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// placeholder is what is filled into a URL, a header or a body.
var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// inData is a member of what a function is called with.
var inData = regexp.MustCompile(`^data(\.[A-Za-z0-9_$-]+)*$`)

// url looks at a function for a URL: what would be refused whenever it is called.
func (c *checker) url(at []string, name string, function map[string]any) {
	here := func(tokens ...string) []string { return append(slices.Clone(at), tokens...) }
	inBrowser := text(function, "runs") == RunsInBrowser
	body := text(function, "body")
	c.host(here("url"), name, text(function, "url"))
	c.placeholders(here("url"), name, text(function, "url"), inBrowser)
	c.placeholders(here("body"), name, body, inBrowser)
	contentType := ""
	for i, item := range list(function, "headers") {
		header, _ := item.(map[string]any)
		field, value := text(header, "name"), text(header, "value")
		place := strconv.Itoa(i)
		c.placeholders(here("headers", place, "value"), name, value, inBrowser)
		switch {
		case ReservedHeader(field):
			c.report(here("headers", place, "name"), "The function %s sets the header %s, which goes with the connection and cannot be set; take it out.", name, field)
		case inBrowser && browsersHeader(field):
			c.report(here("headers", place, "name"), "The function %s sets the header %s, which a browser keeps to itself; take it out, or let the server call the URL.", name, field)
		case strings.EqualFold(field, "Content-Type") && contentType == "":
			contentType = value
		}
	}
	switch {
	case body == "":
	case text(function, "method") == "GET":
		c.report(here("body"), "The function %s has a body, which a GET does not send; choose POST, or empty the body.", name)
	case contentType == "" || IsJSON(contentType):
		// A number is JSON within quotes and outside of them.
		if !json.Valid([]byte(placeholder.ReplaceAllString(body, "0"))) {
			c.report(here("body"), "The body of the function %s is not JSON; correct it, or name its type in a header Content-Type.", name)
		}
	}
}

// host looks at the part of a URL that says where the request goes.
func (c *checker) host(at []string, name, in string) {
	_, rest, _ := strings.Cut(in, "://")
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
	}
	if strings.Contains(host, "@") {
		c.report(at, "The function %s has a user name or a password in its URL; send it in the header Authorization.", name)
	} else if strings.Contains(host, "{{") {
		c.report(at, "The function %s has a placeholder in the host of its URL; write the host out: variables and data are filled in behind it.", name)
	} else if parsed, err := url.Parse("https://" + host); err != nil || !IsHost(parsed.Hostname()) {
		c.report(at, "The URL of the function %s has no host that can be called.", name)
	}
}

// IsHost tells whether a name or an address, as url.URL.Hostname returns it, can
// be the host of a URL. net/url takes what browsers do not.
func IsHost(name string) bool { return name != "" && !strings.ContainsAny(name, "\"%<>[\\]^`{|}") }

func (c *checker) placeholders(at []string, function, in string, inBrowser bool) {
	for _, found := range placeholder.FindAllStringSubmatch(in, -1) {
		name := strings.Trim(found[1], "\t\n\f\r ")
		variable, isVariable := strings.CutPrefix(name, "env.")
		private, set := c.private[variable]
		switch {
		case !isVariable && inData.MatchString(name):
		case !isVariable:
			c.report(at, "The function %s has {{%s}}, which is not filled in; {{env.NAME}} and {{data.member}} are.", function, short(name))
		case !set:
			c.report(at, "The function %s uses the environment variable %s, which is not set.", function, short(variable))
		case private && inBrowser:
			c.report(at, "The function %s uses the environment variable %s, which is private and never sent to a page; let the server call the URL.", function, short(variable))
		}
	}
}
