package server

import (
	"context"
	"errors"
	"net/http"

	"webphone/internal/store"
)

type sessionBody struct {
	CSRF string `json:"csrf" doc:"Goes with every request but GET, as the header X-CSRF-Token."`
}

type sessionAnswer struct {
	Body sessionBody
}

type startedSession struct {
	SetCookie string `header:"Set-Cookie"`
	Body      sessionBody
}

type endedSession struct {
	SetCookie string `header:"Set-Cookie"`
}

type nothing struct{}

type signIn struct {
	Body struct {
		Password string `json:"password" doc:"The administrator's."`
	}
}

type changePassword struct {
	Body struct {
		Current  string `json:"current" doc:"The administrator's password."`
		Password string `json:"password" doc:"The next one: 8 to 256 bytes, on one line."`
	}
}

func (a *api) sessions() {
	serve(a, operation{id: "sign-in", method: http.MethodPost, path: "/session", status: http.StatusOK, open: true,
		summary: "Begin a session", description: "A session ends 12 hours after its last use. From one address, 10 wrong passwords are taken at once and one more every 10 seconds."}, a.signIn)
	serve(a, operation{id: "get-session", method: http.MethodGet, path: "/session", summary: "The session"},
		func(ctx context.Context, _ *nothing) (*sessionAnswer, error) {
			var out sessionAnswer
			out.Body.CSRF = sessionOf(requestOf(ctx)).csrf()
			return &out, nil
		})
	serve(a, operation{id: "sign-out", method: http.MethodDelete, path: "/session", status: http.StatusNoContent, summary: "End the session"},
		func(ctx context.Context, _ *nothing) (*endedSession, error) {
			r := requestOf(ctx)
			err := a.pages.RemoveSession(ctx, sessionOf(r).hash())
			return &endedSession{SetCookie: session{}.cookie(r).String()}, err
		})
	serve(a, operation{id: "change-password", method: http.MethodPut, path: "/session/password", status: http.StatusNoContent,
		summary: "Change the administrator's password", description: "All other sessions end."},
		func(ctx context.Context, in *changePassword) (*nothing, error) {
			if _, err := a.guess(ctx, in.Body.Current, http.StatusForbidden); err != nil {
				return nil, err
			}
			return &nothing{}, a.admin.setPassword(ctx, in.Body.Password, sessionOf(requestOf(ctx)).hash())
		})
}

func (a *api) signIn(ctx context.Context, in *signIn) (*startedSession, error) {
	hash, err := a.guess(ctx, in.Body.Password, http.StatusUnauthorized)
	if err != nil {
		return nil, err
	}
	started := newSession()
	err = a.pages.AddSession(ctx, started.hash(), hash, a.pages.now())
	if errors.Is(err, store.ErrConflict) {
		return nil, failed(http.StatusUnauthorized, "The password was changed at this moment. Sign in with the new one.")
	}
	if err != nil {
		return nil, err
	}
	out := &startedSession{SetCookie: started.cookie(requestOf(ctx)).String()}
	out.Body.CSRF = started.csrf()
	return out, nil
}

// guess looks at a password within the limits of guesses and returns the hash
// that is kept of it. wrong is the status for a wrong one.
func (a *api) guess(ctx context.Context, password string, wrong int) ([]byte, error) {
	from := addressOf(requestOf(ctx))
	if !a.guesses.allow(from) {
		err := failed(http.StatusTooManyRequests, "Too many wrong passwords came from your address. Wait a minute and try again.")
		err.header = http.Header{"Retry-After": {"60"}}
		return nil, err
	}
	hash, err := a.admin.verify(ctx, password)
	if errors.Is(err, errWrongPassword) {
		return nil, failed(wrong, "The password is wrong. It was printed at the first start; `webphone admin passwd` sets another.")
	}
	if err == nil {
		a.guesses.forget(from)
	}
	return hash, err
}
