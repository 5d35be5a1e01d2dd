package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"webphone/internal/pages"
	"webphone/internal/store"
)

type exportedPage struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

type importPage struct {
	Name    string `query:"name" maxLength:"64" doc:"The page's name in place of the file's."`
	Replace bool   `query:"replace" doc:"A page of that name gets the file's as its draft; what is published stays."`

	text []byte
	err  error
}

// Resolve implements huma.Resolver. It reads the file itself, since one that is
// too large is told in the words of a file rather than of a request.
func (in *importPage) Resolve(ctx huma.Context) []error {
	in.text, in.err = io.ReadAll(io.LimitReader(ctx.BodyReader(), pages.MaxFile+1))
	return nil
}

type importedPage struct {
	Status int
	Body   struct {
		Page      pageBody `json:"page"`
		Variables struct {
			Set     []string `json:"set" nullable:"false" doc:"Got the file's value."`
			Kept    []string `json:"kept" nullable:"false" doc:"Keep their value: they are locked, are set and a default, or the file has no value of theirs."`
			Missing []string `json:"missing" nullable:"false" doc:"Have no value: give them one before publishing."`
		} `json:"variables"`
	}
}

func (a *api) exchange() {
	serve(a, operation{id: "export-page", method: http.MethodGet, path: "/pages/{page}/export", summary: "The draft as a file",
		description: "The file of /builder/page.schema.json, with the page's variables and those of all pages that it may use. Values of protected and private ones are left out."}, a.exportPage)
	serve(a, operation{id: "import-page", method: http.MethodPost, path: "/import", status: http.StatusCreated, summary: "Add a page from a file", takesFile: true,
		description: "The body is a file of at most 1 MiB as the export makes it. All of it is imported, or nothing. 201: the page is new; 200: its draft was replaced."}, a.importPage)
}

func (a *api) exportPage(ctx context.Context, in *named) (*exportedPage, error) {
	page, err := a.pages.Draft(ctx, in.Page)
	if err != nil {
		return nil, err
	}
	file := pages.File{Name: page.Name, Page: page.Draft}
	used := pages.MayUse(page.Draft)
	for _, scope := range []string{page.Name, store.AllPages} {
		variables, err := a.pages.Variables(ctx, scope)
		if err != nil {
			return nil, err
		}
		for _, variable := range variables {
			if scope != store.AllPages || used[variable.Name] {
				file.Variables = append(file.Variables, exported(variable))
			}
		}
	}
	text, err := pages.WriteFile(file)
	if errors.Is(err, pages.ErrTooLarge) {
		return nil, failed(http.StatusUnprocessableEntity, "The page cannot be exported: %v. Make its variables shorter.", err)
	}
	if err != nil {
		return nil, err
	}
	return &exportedPage{"application/json", fmt.Sprintf(`attachment; filename="%s.webphone.json"`, page.Name), text}, nil
}

func exported(v store.Variable) pages.Variable {
	out := pages.Variable{Name: v.Name, Scope: scopeOf(v), Protected: v.Protected, Private: v.Private, Locked: v.Locked, Default: v.Default}
	if v.Set && !v.Protected && !v.Private {
		out.Value = &v.Value
	}
	return out
}

func (a *api) importPage(ctx context.Context, in *importPage) (*importedPage, error) {
	if in.err != nil {
		return nil, failed(http.StatusBadRequest, "The file did not arrive whole. Try again.")
	}
	file, err := pages.ReadFile(in.text)
	var wrong *pages.FileError
	if errors.As(err, &wrong) {
		refusal := failed(http.StatusUnprocessableEntity, "%s", wrong.Message)
		refusal.Errors = wrong.Problems
		return nil, refusal
	}
	if err != nil {
		return nil, err
	}
	request := store.PageImport{Name: file.Name, Title: file.Document.Title, Document: file.Page, Replace: in.Replace}
	if in.Name != "" {
		request.Name = in.Name
	}
	if err := checkName(request.Name); err != nil {
		return nil, err
	}
	for _, variable := range file.Variables {
		request.Variables = append(request.Variables, imported(request.Name, variable))
	}
	done, err := a.pages.ImportPage(ctx, request)
	if err != nil {
		return nil, err
	}
	out := &importedPage{Status: http.StatusOK}
	if done.Created {
		out.Status = http.StatusCreated
	}
	some := func(names []string) []string { return append([]string{}, names...) }
	out.Body.Variables.Set, out.Body.Variables.Kept, out.Body.Variables.Missing = some(done.Set), some(done.Kept), some(done.Missing)
	out.Body.Page, err = a.body(ctx, done.Page)
	return out, err
}

func imported(page string, v pages.Variable) store.Variable {
	in := store.Variable{Page: page, Name: v.Name, Set: v.Value != nil, Protected: v.Protected, Private: v.Private, Locked: v.Locked, Default: v.Default}
	if v.Scope == pages.ScopeAll {
		in.Page = store.AllPages
	}
	if in.Set {
		in.Value = *v.Value
	}
	return in
}

// fileBody describes a body that is not read by huma.
func fileBody() *huma.RequestBody {
	return &huma.RequestBody{
		Description: "The file, as /builder/page.schema.json describes it.", Required: true,
		Content: map[string]*huma.MediaType{"application/json": {}},
	}
}
