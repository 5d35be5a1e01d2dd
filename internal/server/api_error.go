package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"webphone/internal/pages"
)

// apiError is a failure as problem details (RFC 9457).
type apiError struct {
	Title  string          `json:"title" doc:"The status in words."`
	Status int             `json:"status" doc:"The status of the answer."`
	Detail string          `json:"detail" doc:"What went wrong and what to do next, as a sentence for a person."`
	Errors []pages.Problem `json:"errors,omitempty" nullable:"false" doc:"What is wrong with the page, each where it is."`

	header http.Header
}

func failed(status int, format string, values ...any) *apiError {
	return &apiError{Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, values...)}
}

// refused is a page that has problems, of which detail says the first.
func refused(detail string, problems []pages.Problem) *apiError {
	err := failed(http.StatusUnprocessableEntity, "%s", detail)
	err.Errors = problems
	if len(problems) > 0 {
		err.Detail += " " + problems[0].Message
	}
	return err
}

// Error implements error.
func (e *apiError) Error() string { return e.Detail }

// GetStatus implements huma.StatusError.
func (e *apiError) GetStatus() int { return e.Status }

// GetHeaders implements huma.HeadersError.
func (e *apiError) GetHeaders() http.Header { return e.header }

const problemType = "application/problem+json"

// ContentType implements huma.ContentTypeFilter.
func (*apiError) ContentType(string) string { return problemType }

// write answers where no operation does.
func (e *apiError) write(w http.ResponseWriter) {
	for name, values := range e.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(e)
}

// ownErrors gives huma's own errors the form of the others. huma repeats what it
// was sent, which may be a password: that is left out.
func ownErrors(_ huma.Context, _ string, value any) (any, error) {
	foreign, ok := value.(*huma.ErrorModel)
	if !ok {
		return value, nil
	}
	err := failed(foreign.Status, "The request is not as the API describes it")
	switch foreign.Status {
	case http.StatusRequestEntityTooLarge:
		err.Detail = "The request is larger than can be taken here."
		return err, nil
	case http.StatusRequestTimeout:
		err.Detail = "The request came too slowly. Try again."
		return err, nil
	}
	for i, fault := range foreign.Errors {
		if fault == nil || i == 3 {
			break
		}
		err.Detail += []string{": ", "; ", "; "}[i] + strings.TrimSpace(fault.Location+" "+quoteless(fault.Message))
	}
	if len(foreign.Errors) == 0 {
		err.Detail += ": " + foreign.Detail
	}
	err.Detail += "."
	return err, nil
}

// quoteless leaves out what a parser quotes of what it was given.
func quoteless(message string) string {
	if at := strings.IndexAny(message, "\"'"); at >= 0 && strings.HasPrefix(message, "invalid character") {
		return "is not JSON"
	}
	return message
}
