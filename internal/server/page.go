package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"webphone/internal/functions"
	"webphone/internal/pages"
	"webphone/internal/store"
)

// pageSource is where pages come from.
type pageSource interface {
	PublishedPage(ctx context.Context, name string) (store.PageVersion, error)
	Draft(ctx context.Context, name string) (store.Page, error)
	// Environment returns the variables of a page: those that it may have, and
	// all, the private ones too.
	Environment(ctx context.Context, page string) (public, all map[string]string, err error)
	verifyDraft(token, page string) bool
}

// pageServer shows pages that the builder made, and runs their functions.
type pageServer struct {
	source   pageSource
	accounts *Accounts
	caller   *functions.Caller
	examples map[string]*shown
	// noExamples takes the examples away; their files stay, as templates.
	noExamples bool
	gate       *functionGate
	log        *slog.Logger
}

// shown is a page for visitors, or a draft of one.
type shown struct {
	name string
	// home is the page's own path, and base that of what belongs to it.
	home, base string
	document   pages.Document
	// raw is the document as it was written, by member.
	raw map[string]json.RawMessage
	// public are the variables that the page has, and env all of them.
	public, env map[string]string
	// draft is the token by which a draft is seen; empty: not a draft.
	draft string
	// own tells that pages of this server may show it in a frame.
	own bool
}

// pageName is page.schema.json's name.
var pageName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// notShown says why a page is not shown, in words for its visitor.
type notShown struct {
	status        int
	title, detail string
}

func (e *notShown) Error() string { return e.detail }

var (
	errNoPage = &notShown{http.StatusNotFound, "There is no such page",
		"Nothing is published at this address. Check the address, or ask whoever gave it to you."}
	errNoDraft = &notShown{http.StatusForbidden, "This preview has ended",
		"A preview can be opened for an hour. Open it again from the page builder."}
	errNoExamples = &notShown{http.StatusNotFound, "There are no examples here",
		"This server's setting examples is off."}
	errBroken = &notShown{http.StatusInternalServerError, "This page cannot be shown now",
		"The server cannot read the page or its environment variables; its log says why. Try again later."}
)

func newPageServer(source pageSource, accounts *Accounts, caller *functions.Caller, log *slog.Logger) *pageServer {
	return &pageServer{
		source: source, accounts: accounts, caller: caller, examples: map[string]*shown{}, gate: newFunctionGate(), log: log,
	}
}

// routes adds what is answered under /p/ and /examples/. What is no example is
// a file.
func (p *pageServer) routes(mux *http.ServeMux, files http.Handler) {
	mux.Handle("/p/", readOnly(func(w http.ResponseWriter, _ *http.Request) { p.refuse(w, errNoPage) }))
	mux.Handle("/p/{page}", readOnly(p.show))
	mux.Handle("/p/{page}/{$}", readOnly(func(w http.ResponseWriter, r *http.Request) {
		redirect(w, r, strings.TrimSuffix(r.URL.EscapedPath(), "/"))
	}))
	mux.Handle("/p/{page}/manifest.webmanifest", readOnly(p.manifest))
	mux.HandleFunc("/p/{page}/functions/{function}", p.run)
	example := func(do http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			use := r.PathValue("use")
			switch {
			case use != "" && p.examples[use] == nil:
				files.ServeHTTP(w, r)
			case p.noExamples:
				p.refuse(w, errNoExamples)
			default:
				do.ServeHTTP(w, r)
			}
		}
	}
	mux.Handle("/examples/{$}", example(files))
	mux.Handle("/examples/{use}", example(readOnly(func(w http.ResponseWriter, r *http.Request) { redirect(w, r, r.URL.EscapedPath()+"/") })))
	mux.Handle("/examples/{use}/{$}", example(readOnly(p.show)))
	mux.Handle("/examples/{use}/manifest.webmanifest", example(readOnly(p.manifest)))
	mux.Handle("/examples/{use}/functions/{function}", example(http.HandlerFunc(p.run)))
}

// redirect leads to the one spelling of a path; the query stays.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, (&url.URL{Path: to, RawQuery: r.URL.RawQuery}).String(), http.StatusPermanentRedirect)
}

// find returns the page that a request is about. token is that of a draft, or
// empty.
func (p *pageServer) find(r *http.Request, token string) (*shown, error) {
	if use := r.PathValue("use"); use != "" {
		return p.examples[use], nil
	}
	name := r.PathValue("page")
	if !pageName.MatchString(name) {
		return nil, errNoPage
	}
	page := &shown{name: name, home: "/p/" + name, base: "/p/" + name + "/", draft: token}
	document, err := p.document(r.Context(), name, token)
	if err == nil {
		err = page.read(document)
	}
	if err == nil {
		page.public, page.env, err = p.source.Environment(r.Context(), name)
	}
	var refusal *notShown
	if err != nil && !errors.As(err, &refusal) {
		p.log.Error("a page cannot be shown", "page", name, "error", err)
		return nil, errBroken
	}
	return page, err
}

func (p *pageServer) document(ctx context.Context, name, token string) (json.RawMessage, error) {
	if token != "" {
		if !p.source.verifyDraft(token, name) {
			return nil, errNoDraft
		}
		page, err := p.source.Draft(ctx, name)
		return page.Draft, noPage(err)
	}
	version, err := p.source.PublishedPage(ctx, name)
	return version.Document, noPage(err)
}

func noPage(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errNoPage
	}
	return err
}

func (s *shown) read(document json.RawMessage) error {
	if err := json.Unmarshal(document, &s.document); err != nil {
		return err
	}
	return json.Unmarshal(document, &s.raw)
}

// function returns a function of a page, or nil.
func (s *shown) function(name string) *pages.Function {
	for i := range s.document.Functions {
		if s.document.Functions[i].Name == name {
			return &s.document.Functions[i]
		}
	}
	return nil
}

// data is PageData of web/src/page/document.ts. Of a function that the server
// runs a page has no more than the name. encoding/json escapes <, >, & and the
// line separators, so that nothing ends the script element it stands in.
func (s *shown) data() ([]byte, error) {
	var written []json.RawMessage
	if err := json.Unmarshal(s.raw["functions"], &written); err != nil {
		return nil, err
	}
	told := []any{}
	for i, function := range s.document.Functions {
		if serverRuns(function) {
			told = append(told, map[string]string{"kind": "remote", "name": function.Name})
		} else {
			told = append(told, written[i])
		}
	}
	page := map[string]any{}
	for member, value := range s.raw {
		page[member] = value
	}
	page["functions"] = told
	return json.Marshal(struct {
		Name         string            `json:"name"`
		FunctionsURL string            `json:"functionsURL"`
		Page         map[string]any    `json:"page"`
		Env          map[string]string `json:"env"`
		DraftToken   string            `json:"draftToken,omitempty"`
	}{s.name, s.base + "functions/", page, s.public, s.draft})
}

// serverRuns tells which functions the server runs. What it does not know it
// keeps to itself too.
func serverRuns(function pages.Function) bool {
	switch function.Kind {
	case pages.KindAction:
		return false
	case pages.KindURL:
		return function.Runs != pages.RunsInBrowser
	default:
		return true
	}
}

// loadExamples reads the export files under examples/ of the built files.
func (p *pageServer) loadExamples(dist fs.FS, none bool) error {
	p.noExamples = none
	files, err := fs.Glob(dist, "examples/*.json")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := fs.ReadFile(dist, file)
		if err != nil {
			return err
		}
		var export struct {
			Format    string
			Page      json.RawMessage
			Variables []struct {
				Name    string
				Value   *string
				Private bool
			}
		}
		// Beside the examples lies the list of them, which is no object.
		if err := json.Unmarshal(text, &export); err != nil || export.Format != "webphone-page" {
			continue
		}
		use := strings.TrimSuffix(path.Base(file), ".json")
		home := "/examples/" + use + "/"
		example := &shown{name: use, home: home, base: home, own: true, public: map[string]string{}, env: map[string]string{}}
		for _, variable := range export.Variables {
			if variable.Value == nil {
				continue
			}
			example.env[variable.Name] = *variable.Value
			if !variable.Private {
				example.public[variable.Name] = *variable.Value
			}
		}
		if err := example.read(export.Page); err != nil {
			return fmt.Errorf("server: %s: %w", file, err)
		}
		p.examples[use] = example
	}
	return nil
}
