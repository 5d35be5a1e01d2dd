package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"webphone/internal/store"
)

const apiRoot = "/api/v1/"

// Bounds of a request's body, in bytes.
const (
	maxBody      = 4 << 10
	maxDraftBody = 600 << 10
	// maxVariableBody has room for a value whose every character is escaped.
	maxVariableBody = 256 << 10
	// maxIgnored bounds what is read of a body beyond its bound.
	maxIgnored = 4 << 20
)

// api is the REST interface of the page builder.
type api struct {
	pages   *pageStore
	admin   *Administrator
	guesses *rates
	log     *slog.Logger
	huma    huma.API
}

// newAPI returns the handler of everything below apiRoot.
func newAPI(pages *pageStore, log *slog.Logger) (http.Handler, error) {
	mux := http.NewServeMux()
	a := &api{pages: pages, admin: NewAdministrator(pages.SQLite), guesses: newGuesses(), log: log}
	a.huma = humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Web phone",
				Version:     "1",
				Description: "Pages of the page builder, their versions and environment variables. A session begins with the administrator's password; every request but GET carries its X-CSRF-Token. Errors are problem details (RFC 9457) whose detail is a sentence for a person.",
			},
			Components: &huma.Components{SecuritySchemes: map[string]*huma.SecurityScheme{
				"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "Set by POST /api/v1/session. Over TLS its name is " + sessionCookieSecure + "."},
			}},
		},
		Formats:       huma.DefaultFormats,
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{ownErrors},
	})
	a.sessions()
	a.drafts()
	a.versions()
	a.variables()
	a.exchange()

	// huma describes its own errors too, which ownErrors replaces.
	parts := a.huma.OpenAPI().Components.Schemas.Map()
	delete(parts, "ErrorModel")
	delete(parts, "ErrorDetail")
	described, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	mux.HandleFunc("GET "+apiRoot+"openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(described)
	})
	mux.HandleFunc(apiRoot, func(w http.ResponseWriter, r *http.Request) { nothingHere(mux, w, r) })
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		failed(http.StatusForbidden, "Pages of another site may not do this. Open the page builder itself.").write(w)
	}))
	return unreadable(sameOrigin.Handler(mux)), nil
}

// unreadable keeps answers out of caches, and out of the reach of scripts on the
// pages of this very site: one that opens an answer in a window finds neither a
// window that it can reach into nor a document that may run anything.
func unreadable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		switch r.Header.Get("Sec-Fetch-Dest") {
		case "", "empty", "document":
		default:
			// Only a program asks here, or a person who opens the address. As a
			// module of JSON a page's action could read an answer past its
			// policy, in browsers that take such for scripts.
			failed(http.StatusForbidden, "This can be fetched, and not loaded as a part of a page.").write(w)
			return
		}
		body := r.Body
		r.Body = io.NopCloser(body)
		next.ServeHTTP(w, r.WithContext(withRequest(r.Context(), r)))
		// A browser that cannot send all of its request shows no answer, so
		// that one which is too large would fail without a word.
		_, _ = io.CopyN(io.Discard, body, maxIgnored)
	})
}

// nothingHere answers what no operation is for.
func nothingHere(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != apiRoot {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		failed(http.StatusNotFound, "There is nothing at this address. %sopenapi.json describes what there is.", apiRoot).write(w)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	failed(http.StatusMethodNotAllowed, "Only %s can be done here.", strings.Join(allowed, ", ")).write(w)
}

// operation describes an operation. Those that are not open need a session and,
// unless they only read, its CSRF token.
type operation struct {
	id, method, path string
	summary          string
	status           int
	maxBody          int64
	// open is for who has no session yet.
	open bool
	// takesFile: the body is a file, which the handler reads itself.
	takesFile   bool
	description string
}

// serve adds an operation to the API.
func serve[I, O any](a *api, op operation, handler func(context.Context, *I) (*O, error)) {
	described := huma.Operation{
		OperationID: op.id, Method: op.method, Path: strings.TrimSuffix(apiRoot, "/") + op.path,
		Summary: op.summary, Description: op.description, DefaultStatus: op.status,
		MaxBodyBytes: max(op.maxBody, maxBody) + 1, BodyReadTimeout: requestTimeout,
		Responses: map[string]*huma.Response{"default": {
			Description: "What went wrong.",
			Content: map[string]*huma.MediaType{"application/problem+json": {
				Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[apiError](), true, ""),
			}},
		}},
	}
	if !op.open {
		described.Security = []map[string][]string{{"session": {}}}
		described.Middlewares = huma.Middlewares{a.needSession}
		if op.method != http.MethodGet {
			described.Parameters = append(described.Parameters, &huma.Param{
				Name: csrfHeader, In: "header", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
				Description: "csrf of the session.",
			})
		}
	}
	if op.takesFile {
		described.RequestBody = fileBody()
	}
	huma.Register(a.huma, described, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return out, nil
	})
}

// needSession lets a request pass that has a session and, where it changes
// something, the session's token.
func (a *api) needSession(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	session := sessionOf(r)
	known := false
	if session.token != "" {
		var err error
		known, err = a.pages.UseSession(r.Context(), session.hash(), a.pages.now(), sessionIdle)
		if err != nil {
			a.failure(r.Context(), err).write(w)
			return
		}
	}
	if !known {
		failed(http.StatusUnauthorized, "Sign in first, with the administrator's password.").write(w)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !session.hasCSRF(r.Header.Get(csrfHeader)) {
		failed(http.StatusForbidden, "The header %s is missing or not this session's. Load the page builder again.", csrfHeader).write(w)
		return
	}
	next(ctx)
}

// failure turns an error into what is answered. What is not known here is logged
// and not told.
func (a *api) failure(ctx context.Context, err error) *apiError {
	var told *apiError
	rest := func(is error) string { return strings.TrimPrefix(err.Error(), is.Error()+": ") }
	switch {
	case errors.As(err, &told):
		return told
	case errors.Is(err, store.ErrNotFound):
		return failed(http.StatusNotFound, "There is no %s.", rest(store.ErrNotFound))
	case errors.Is(err, store.ErrExists):
		return failed(http.StatusConflict, "There is a %s already; choose another name.", rest(store.ErrExists))
	case errors.Is(err, store.ErrConflict):
		return failed(http.StatusConflict, "The page was changed in another window. Load it again, or keep yours as a copy.")
	case errors.Is(err, store.ErrInvalid):
		return failed(http.StatusUnprocessableEntity, "This cannot be kept: %s.", rest(store.ErrInvalid))
	case errors.Is(err, ErrPassword):
		return failed(http.StatusUnprocessableEntity, "Choose another password: %v.", ErrPassword)
	case errors.Is(err, errBusy):
		return failed(http.StatusServiceUnavailable, "Too many are signing in at this moment. Try again in a few seconds.")
	case errors.Is(err, store.ErrKey):
		a.log.Error("variables cannot be read", "error", err)
		return failed(http.StatusInternalServerError, "The environment variables cannot be read: %s.", rest(store.ErrKey))
	case ctx.Err() != nil:
		return failed(http.StatusServiceUnavailable, "The request was given up.")
	}
	a.log.Error("a request of the API failed", "error", err)
	return failed(http.StatusInternalServerError, "The server could not do this; its log says why. Try again.")
}
