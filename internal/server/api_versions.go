package server

import (
	"context"
	"net/http"
	"time"

	"webphone/internal/store"
)

type versionBody struct {
	Number    int64     `json:"number" doc:"From 1; each is used once."`
	Time      time.Time `json:"time" doc:"When it was published."`
	Title     string    `json:"title"`
	Published bool      `json:"published" doc:"Visitors see this one."`
}

type versionList struct {
	Body struct {
		Versions []versionBody `json:"versions" nullable:"false" doc:"The newest first. 100 are kept."`
	}
}

type restoreVersion struct {
	Page   string `path:"page" maxLength:"64" doc:"The page's name."`
	Number int64  `path:"number" doc:"The version's number."`
	Body   struct {
		Revision int64 `json:"revision" doc:"The revision that is meant."`
	}
}

func (a *api) versions() {
	serve(a, operation{id: "publish", method: http.MethodPost, path: "/pages/{page}/publish", status: http.StatusOK, summary: "Publish the draft",
		description: "It becomes a version, which visitors see. 422 with the problems in errors when something hinders it; 409: the page was changed in between."}, a.publish)
	serve(a, operation{id: "unpublish", method: http.MethodPost, path: "/pages/{page}/unpublish", status: http.StatusOK, summary: "Show a page no more",
		description: "Its draft and versions stay."},
		func(ctx context.Context, in *named) (*pageAnswer, error) {
			return a.answer(ctx)(a.pages.Unpublish(ctx, in.Page))
		})
	serve(a, operation{id: "list-versions", method: http.MethodGet, path: "/pages/{page}/versions", summary: "The versions of a page"},
		func(ctx context.Context, in *named) (*versionList, error) {
			all, err := a.pages.PageVersions(ctx, in.Page)
			out := &versionList{}
			out.Body.Versions = []versionBody{}
			for _, version := range all {
				out.Body.Versions = append(out.Body.Versions, versionBody{version.Number, version.Time, version.Title, version.Published})
			}
			return out, err
		})
	serve(a, operation{id: "restore-version", method: http.MethodPost, path: "/pages/{page}/versions/{number}/restore", status: http.StatusOK, summary: "Make a version the draft",
		description: "What is published stays."},
		func(ctx context.Context, in *restoreVersion) (*pageAnswer, error) {
			version, err := a.pages.PageVersion(ctx, in.Page, in.Number)
			if err != nil {
				return nil, err
			}
			return a.answer(ctx)(a.pages.SaveDraft(ctx, in.Page, in.Body.Revision, version.Title, version.Document))
		})
}

func (a *api) publish(ctx context.Context, in *atRevision) (*pageAnswer, error) {
	page, err := a.pages.Draft(ctx, in.Page)
	if err != nil {
		return nil, err
	}
	if page.Revision != in.Body.Revision {
		return nil, store.ErrConflict
	}
	problems, err := a.pages.problems(ctx, page)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, refused("The page cannot be published yet.", problems)
	}
	return a.answer(ctx)(a.pages.Publish(ctx, in.Page, in.Body.Revision))
}
