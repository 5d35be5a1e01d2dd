package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"webphone/internal/pages"
	"webphone/internal/store"
)

// document is a page as it was written. The schema of pages holds it, in words,
// rather than huma.
type document json.RawMessage

// Schema implements huma.SchemaProvider.
func (document) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "A page, as /builder/page.schema.json describes it under $defs/page."}
}

// MarshalJSON returns the page as it was written.
func (d document) MarshalJSON() ([]byte, error) { return json.RawMessage(d).MarshalJSON() }

// UnmarshalJSON keeps the page as it is written.
func (d *document) UnmarshalJSON(text []byte) error { return (*json.RawMessage)(d).UnmarshalJSON(text) }

type pageSummary struct {
	Name             string     `json:"name" doc:"Its name in its address, /p/{name}."`
	Title            string     `json:"title"`
	Changed          time.Time  `json:"changed" doc:"When the draft was changed last."`
	PublishedVersion *int64     `json:"publishedVersion" doc:"The number of the version that visitors see; null while there is none."`
	PublishedTime    *time.Time `json:"publishedTime" doc:"When that version was published."`
}

type pageBody struct {
	Name             string          `json:"name" doc:"Its name in its address, /p/{name}."`
	Revision         int64           `json:"revision" doc:"Goes with every change, so that none is made to what another window has changed."`
	Page             document        `json:"page"`
	Changed          time.Time       `json:"changed" doc:"When the draft was changed last."`
	PublishedVersion *int64          `json:"publishedVersion" doc:"The number of the version that visitors see; null while there is none."`
	PublishedTime    *time.Time      `json:"publishedTime" doc:"When that version was published."`
	Problems         []pages.Problem `json:"problems" nullable:"false" doc:"What hinders the draft from being published."`
	DraftToken       string          `json:"draftToken" doc:"Shows the draft at /p/{name}?draft={draftToken} for an hour."`
}

type pageAnswer struct {
	Body pageBody
}

type pageList struct {
	Body struct {
		Pages []pageSummary `json:"pages" nullable:"false"`
	}
}

type named struct {
	Page string `path:"page" maxLength:"64" doc:"The page's name."`
}

type newPage struct {
	Body struct {
		Name string   `json:"name" doc:"1 to 64 small letters, digits and hyphens, with no hyphen at its ends."`
		Page document `json:"page"`
	}
}

type newDraft struct {
	Page string `path:"page" maxLength:"64" doc:"The page's name."`
	Body struct {
		Revision int64    `json:"revision" doc:"The revision that this follows."`
		Page     document `json:"page"`
	}
}

type atRevision struct {
	Page string `path:"page" maxLength:"64" doc:"The page's name."`
	Body struct {
		Revision int64 `json:"revision" doc:"The revision that is meant."`
	}
}

type newName struct {
	Page string `path:"page" maxLength:"64" doc:"The page's name."`
	Body struct {
		Name string `json:"name" doc:"The copy's name."`
	}
}

func (a *api) drafts() {
	serve(a, operation{id: "list-pages", method: http.MethodGet, path: "/pages", summary: "All pages, by name"}, a.listPages)
	serve(a, operation{id: "add-page", method: http.MethodPost, path: "/pages", status: http.StatusCreated, maxBody: maxDraftBody, summary: "Add a page"}, a.addPage)
	serve(a, operation{id: "get-page", method: http.MethodGet, path: "/pages/{page}", summary: "A page with its draft"},
		func(ctx context.Context, in *named) (*pageAnswer, error) {
			return a.answer(ctx)(a.pages.Draft(ctx, in.Page))
		})
	serve(a, operation{id: "save-draft", method: http.MethodPut, path: "/pages/{page}/draft", maxBody: maxDraftBody, summary: "Save a draft",
		description: "A page that breaks the schema or uses an ID twice is refused with 422 and the draft stays as it was. 409: the page was changed in between."}, a.saveDraft)
	serve(a, operation{id: "delete-page", method: http.MethodDelete, path: "/pages/{page}", status: http.StatusNoContent, summary: "Delete a page",
		description: "Its versions and variables go with it."},
		func(ctx context.Context, in *named) (*nothing, error) {
			return &nothing{}, a.pages.RemovePage(ctx, in.Page)
		})
	serve(a, operation{id: "duplicate-page", method: http.MethodPost, path: "/pages/{page}/duplicate", status: http.StatusCreated, summary: "Copy a page",
		description: "The copy has the draft and the variables; it is not published and has no versions."},
		func(ctx context.Context, in *newName) (*pageAnswer, error) {
			if err := checkName(in.Body.Name); err != nil {
				return nil, err
			}
			return a.answer(ctx)(a.pages.DuplicatePage(ctx, in.Page, in.Body.Name))
		})
}

func (a *api) listPages(ctx context.Context, _ *nothing) (*pageList, error) {
	all, err := a.pages.Pages(ctx)
	out := &pageList{}
	out.Body.Pages = []pageSummary{}
	for _, page := range all {
		version, published := publication(page)
		out.Body.Pages = append(out.Body.Pages, pageSummary{page.Name, page.Title, page.Changed, version, published})
	}
	return out, err
}

func (a *api) addPage(ctx context.Context, in *newPage) (*pageAnswer, error) {
	if err := checkName(in.Body.Name); err != nil {
		return nil, err
	}
	parsed, err := parsePage(in.Body.Page)
	if err != nil {
		return nil, err
	}
	return a.answer(ctx)(a.pages.AddPage(ctx, in.Body.Name, parsed.Title, json.RawMessage(in.Body.Page)))
}

func (a *api) saveDraft(ctx context.Context, in *newDraft) (*pageAnswer, error) {
	parsed, err := parsePage(in.Body.Page)
	if err != nil {
		return nil, err
	}
	return a.answer(ctx)(a.pages.SaveDraft(ctx, in.Page, in.Body.Revision, parsed.Title, json.RawMessage(in.Body.Page)))
}

// answer returns a page with what hinders it.
func (a *api) answer(ctx context.Context) func(store.Page, error) (*pageAnswer, error) {
	return func(page store.Page, err error) (*pageAnswer, error) {
		if err != nil {
			return nil, err
		}
		body, err := a.body(ctx, page)
		return &pageAnswer{body}, err
	}
}

func (a *api) body(ctx context.Context, page store.Page) (pageBody, error) {
	problems, err := a.pages.problems(ctx, page)
	if problems == nil {
		problems = []pages.Problem{}
	}
	version, published := publication(page)
	return pageBody{page.Name, page.Revision, document(page.Draft), page.Changed, version, published, problems, a.pages.draftToken(page.Name)}, err
}

// publication returns nothing of a page that is not published.
func publication(page store.Page) (version *int64, published *time.Time) {
	if page.Published == 0 {
		return nil, nil
	}
	return &page.Published, &page.PublishedTime
}

func checkName(name string) error {
	if err := pages.ValidateName(name); err != nil {
		return failed(http.StatusUnprocessableEntity, "Choose another name: %v.", err)
	}
	return nil
}

func parsePage(text document) (*pages.Document, error) {
	parsed, problems := pages.Parse(text)
	if len(problems) > 0 {
		return nil, refused("The page cannot be kept.", problems)
	}
	return parsed, nil
}
