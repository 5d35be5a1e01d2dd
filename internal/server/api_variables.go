package server

import (
	"context"
	"net/http"

	"webphone/internal/pages"
	"webphone/internal/store"
)

type variableBody struct {
	Name      string  `json:"name"`
	Scope     string  `json:"scope" enum:"page,all" doc:"page: one page's. all: of all pages."`
	Value     *string `json:"value" doc:"null when it is protected or unset."`
	Set       bool    `json:"set" doc:"It has a value, which may be empty."`
	Protected bool    `json:"protected" doc:"The value is never shown again, nor exported. Taking this away needs a new value."`
	Private   bool    `json:"private" doc:"Never sent to a page nor exported: for functions that the server runs."`
	Locked    bool    `json:"locked" doc:"An import does not overwrite it."`
	Default   bool    `json:"default" doc:"An import sets it only where it is unset."`
}

type variableAnswer struct {
	Body variableBody
}

type variableList struct {
	Body struct {
		Variables []variableBody `json:"variables" nullable:"false" doc:"By name; a page's before those of all pages. A page's goes before one of all pages with the same name."`
	}
}

type ofPage struct {
	Page string `query:"page" maxLength:"64" doc:"The page's name; all pages when absent."`
}

type namedVariable struct {
	Page string `query:"page" maxLength:"64" doc:"The page's name; all pages when absent."`
	Name string `path:"name" maxLength:"64" doc:"The variable's name."`
}

type newVariable struct {
	Page string `query:"page" maxLength:"64" doc:"The page's name; all pages when absent."`
	Name string `path:"name" maxLength:"64" doc:"The variable's name."`
	Body struct {
		Value     *string `json:"value,omitempty" maxLength:"16384" doc:"The value as it is when absent."`
		Protected bool    `json:"protected" doc:"The value is never shown again, nor exported. Taking this away needs a new value."`
		Private   bool    `json:"private" doc:"Never sent to a page nor exported: for functions that the server runs."`
		Locked    bool    `json:"locked" doc:"An import does not overwrite it."`
		Default   bool    `json:"default" doc:"An import sets it only where it is unset."`
	}
}

func (a *api) variables() {
	serve(a, operation{id: "list-variables", method: http.MethodGet, path: "/variables", summary: "The environment variables of a page and of all pages"}, a.listVariables)
	serve(a, operation{id: "set-variable", method: http.MethodPut, path: "/variables/{name}", maxBody: maxVariableBody, summary: "Set an environment variable",
		description: "It is stored encrypted."}, a.setVariable)
	serve(a, operation{id: "delete-variable", method: http.MethodDelete, path: "/variables/{name}", status: http.StatusNoContent, summary: "Delete an environment variable"},
		func(ctx context.Context, in *namedVariable) (*nothing, error) {
			return &nothing{}, a.pages.RemoveVariable(ctx, in.Page, in.Name)
		})
}

func (a *api) listVariables(ctx context.Context, in *ofPage) (*variableList, error) {
	scopes := []string{store.AllPages}
	if in.Page != store.AllPages {
		if _, err := a.pages.Draft(ctx, in.Page); err != nil {
			return nil, err
		}
		scopes = []string{in.Page, store.AllPages}
	}
	out := &variableList{}
	out.Body.Variables = []variableBody{}
	for _, scope := range scopes {
		variables, err := a.pages.Variables(ctx, scope)
		if err != nil {
			return nil, err
		}
		for _, variable := range variables {
			out.Body.Variables = append(out.Body.Variables, shownVariable(variable))
		}
	}
	return out, nil
}

func (a *api) setVariable(ctx context.Context, in *newVariable) (*variableAnswer, error) {
	if err := pages.ValidateVariableName(in.Name); err != nil {
		return nil, failed(http.StatusUnprocessableEntity, "Choose another name: %v.", err)
	}
	variable, err := a.pages.ChangeVariable(ctx, in.Page, in.Name, func(before store.Variable, _ bool) (store.Variable, error) {
		after := before
		after.Protected, after.Private, after.Locked, after.Default = in.Body.Protected, in.Body.Private, in.Body.Locked, in.Body.Default
		switch {
		case in.Body.Value != nil:
			after.Value, after.Set = *in.Body.Value, true
		case !before.Set:
			return after, failed(http.StatusUnprocessableEntity, "The variable %s needs a value, which may be empty.", in.Name)
		case before.Protected && !after.Protected:
			return after, failed(http.StatusUnprocessableEntity, "The variable %s is protected: its value is never shown again. Give it a new value to take the protection away.", in.Name)
		case before.Protected && before.Private && !after.Private:
			return after, failed(http.StatusUnprocessableEntity, "The variable %s is protected: a page would show its value. Give it a new value to make it public.", in.Name)
		}
		return after, nil
	})
	return &variableAnswer{shownVariable(variable)}, err
}

func shownVariable(v store.Variable) variableBody {
	shown := variableBody{Name: v.Name, Scope: scopeOf(v), Set: v.Set,
		Protected: v.Protected, Private: v.Private, Locked: v.Locked, Default: v.Default}
	if v.Set && !v.Protected {
		shown.Value = &v.Value
	}
	return shown
}

func scopeOf(v store.Variable) string {
	if v.Page == store.AllPages {
		return pages.ScopeAll
	}
	return pages.ScopePage
}
