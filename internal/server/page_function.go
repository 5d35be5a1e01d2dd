package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"webphone/internal/functions"
	"webphone/internal/pages"
)

// maxFunctionData bounds the body of a call, in bytes.
const maxFunctionData = 16 << 10

// functionGate bounds how often and how many at once.
type functionGate struct {
	// calls counts by address and page, visitors by address.
	calls, visitors *rates
	slots           slots
}

func newFunctionGate() *functionGate {
	return &functionGate{calls: newRates(10, 20), visitors: newRates(1, 10)}
}

// functionProblem is a failure as a function's caller is told it (RFC 9457).
type functionProblem struct {
	status int
	detail string
}

func (e *functionProblem) Error() string { return e.detail }

// run answers a call of a function. Pages of any origin may call: a preview's
// frame has none, and there is nothing here that a cookie opens.
func (p *pageServer) run(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("Cache-Control", "no-store")
	if r.Method == http.MethodOptions {
		header.Set("Access-Control-Allow-Methods", "POST")
		header.Set("Access-Control-Allow-Headers", "Content-Type, X-Draft-Token")
		header.Set("Access-Control-Max-Age", "600")
		header.Set("Allow", "OPTIONS, POST")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if r.Method != http.MethodPost {
		header.Set("Allow", "OPTIONS, POST")
		p.fail(w, &functionProblem{http.StatusMethodNotAllowed, "A function is called with POST."})
		return
	}
	value, err := p.call(w, r)
	if err != nil {
		p.fail(w, err)
		return
	}
	header.Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"value": value})
}

func (p *pageServer) call(w http.ResponseWriter, r *http.Request) (any, error) {
	page, err := p.find(r, r.Header.Get("X-Draft-Token"))
	if err != nil {
		return nil, err
	}
	name := r.PathValue("function")
	function := page.function(name)
	if function == nil || !serverRuns(*function) {
		return nil, &functionProblem{http.StatusNotFound, fmt.Sprintf("The page %s has no function %q that the server runs.", page.name, name)}
	}
	address := addressOf(r)
	if !p.gate.calls.allow(address+" "+page.home) || function.Kind == pages.KindVisitor && !p.gate.visitors.allow(address) {
		w.Header().Set("Retry-After", "2")
		return nil, &functionProblem{http.StatusTooManyRequests, fmt.Sprintf("The function %s is called too often. Wait a moment and try again.", name)}
	}
	data, err := dataOf(w, r)
	if err != nil {
		return nil, err
	}
	switch function.Kind {
	case pages.KindURL:
		if err := p.gate.slots.take(address); err != nil {
			w.Header().Set("Retry-After", "2")
			return nil, err
		}
		defer p.gate.slots.free(address)
		return p.callURL(r.Context(), page, *function, data)
	case pages.KindVisitor:
		// It waits for nobody, and takes no place: visitors sign in however
		// slow the URLs are.
		return p.makeVisitor(r, page, *function)
	}
	return nil, errBroken
}

func (p *pageServer) callURL(ctx context.Context, page *shown, function pages.Function, data json.RawMessage) (any, error) {
	value, err := p.caller.Call(ctx, functions.Request{Function: function, Env: page.env, Data: data})
	var failure *functions.Error
	if !errors.As(err, &failure) {
		return value, err
	}
	status := http.StatusBadGateway
	switch failure.Kind {
	case functions.TimedOut:
		status = http.StatusGatewayTimeout
	case functions.Input:
		status = http.StatusUnprocessableEntity
	}
	p.log.Warn("a function failed", "page", page.name, "error", failure)
	return nil, &functionProblem{status, failure.Error()}
}

// dataOf reads what a function is called with: {"data": …}, or nothing.
func dataOf(w http.ResponseWriter, r *http.Request) (json.RawMessage, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFunctionData))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &functionProblem{http.StatusRequestEntityTooLarge, fmt.Sprintf("A function takes at most %d KiB of data.", maxFunctionData>>10)}
	}
	if err != nil {
		return nil, &functionProblem{http.StatusBadRequest, "The data did not arrive whole."}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(bytes.ToValidUTF8(text, []byte("\uFFFD"))))
	// What was sent is filled in as it was written.
	var body struct{ Data json.RawMessage }
	if err := decoder.Decode(&body); err != nil || decoder.Decode(new(any)) != io.EOF {
		return nil, &functionProblem{http.StatusBadRequest, `The body is not a JSON object like {"data": …}.`}
	}
	return body.Data, nil
}

// fail tells a failure (RFC 9457).
func (p *pageServer) fail(w http.ResponseWriter, err error) {
	told := functionProblem{errBroken.status, errBroken.detail}
	var problem *functionProblem
	var page *notShown
	switch {
	case errors.As(err, &problem):
		told = *problem
	case errors.As(err, &page):
		told = functionProblem{page.status, page.title + ". " + page.detail}
	case !errors.Is(err, context.Canceled):
		p.log.Error("a function failed", "error", err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(told.status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"title": http.StatusText(told.status), "status": told.status, "detail": told.detail,
	})
}
