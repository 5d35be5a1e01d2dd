package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"unicode/utf8"
)

// AllPages is the scope of a variable of all pages; any other is a page's name.
const AllPages = ""

// Bounds of variables.
const (
	// maxVariables bounds those of a page, and those of all pages.
	maxVariables = 500
	// MaxVariableValue bounds a value, in bytes.
	MaxVariableValue = 64 << 10
)

// Variable is an environment variable.
type Variable struct {
	// Page is the page that has it, or AllPages.
	Page, Name string
	Value      string
	// Set tells whether it has a value, which may be empty.
	Set bool
	// Protected: the value is never shown again.
	Protected bool
	// Private: the value is for the functions that the server runs.
	Private bool
	// Locked: an import does not overwrite it.
	Locked bool
	// Default: an import sets it only where it is unset.
	Default bool
}

// Variables returns the variables of a page or, for AllPages, of all pages, by
// name.
func (s *SQLite) Variables(ctx context.Context, page string) ([]Variable, error) {
	return s.variables(ctx, s.db, page)
}

// VariableFlags is Variables without the values, which it needs no key for.
func (s *SQLite) VariableFlags(ctx context.Context, page string) ([]Variable, error) {
	sealed, err := sealedVariables(ctx, s.db, page)
	var variables []Variable
	for _, v := range sealed {
		variables = append(variables, v.Variable)
	}
	return variables, err
}

// Variable returns a variable.
func (s *SQLite) Variable(ctx context.Context, page, name string) (Variable, error) {
	return s.variable(ctx, s.db, page, name)
}

// ChangeVariable gives a variable what change makes of it; before is not Set
// and has no flags when the variable is new. An error of change leaves
// everything as it is and is returned.
func (s *SQLite) ChangeVariable(ctx context.Context, page, name string, change func(before Variable, known bool) (Variable, error)) (Variable, error) {
	var after Variable
	err := s.within(ctx, func(tx *sql.Tx) error {
		if err := hasScope(ctx, tx, page); err != nil {
			return err
		}
		before, err := s.variable(ctx, tx, page, name)
		known := !errors.Is(err, ErrNotFound)
		if err != nil && known {
			return err
		}
		before.Page, before.Name = page, name
		if after, err = change(before, known); err != nil {
			return err
		}
		return s.setVariable(ctx, tx, after)
	})
	return after, err
}

// RemoveVariable removes a variable.
func (s *SQLite) RemoveVariable(ctx context.Context, page, name string) error {
	result, err := s.db.ExecContext(ctx, "DELETE FROM variables WHERE page = ? AND name = ?", page, name)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(fmt.Errorf("%w: variable %s", ErrNotFound, name), err)
	}
	return nil
}

// ForgetVariables removes all variables, for an operator who has lost the key.
func (s *SQLite) ForgetVariables(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM variables")
	return wrap(err)
}

func hasScope(ctx context.Context, tx *sql.Tx, page string) error {
	if page == AllPages {
		return nil
	}
	_, err := draft(ctx, tx, page)
	return err
}

const variableColumns = "SELECT page, name, value, protected, private, locked, fallback FROM variables WHERE page = ?"

func (s *SQLite) variables(ctx context.Context, from querier, page string) ([]Variable, error) {
	sealed, err := sealedVariables(ctx, from, page)
	if err != nil {
		return nil, err
	}
	return s.openVariables(ctx, from, sealed)
}

func sealedVariables(ctx context.Context, from querier, page string) ([]sealedVariable, error) {
	rows, err := from.QueryContext(ctx, variableColumns+" ORDER BY name", page)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer rows.Close()
	var sealed []sealedVariable
	for rows.Next() {
		variable, err := scanVariable(rows)
		if err != nil {
			return nil, err
		}
		sealed = append(sealed, variable)
	}
	return sealed, wrap(rows.Err())
}

func (s *SQLite) variable(ctx context.Context, from querier, page, name string) (Variable, error) {
	sealed, err := scanVariable(from.QueryRowContext(ctx, variableColumns+" AND name = ?", page, name))
	if errors.Is(err, sql.ErrNoRows) {
		return Variable{}, fmt.Errorf("%w: variable %s", ErrNotFound, name)
	}
	if err != nil {
		return Variable{}, err
	}
	opened, err := s.openVariables(ctx, from, []sealedVariable{sealed})
	if err != nil {
		return Variable{}, err
	}
	return opened[0], nil
}

// setVariable writes a variable, with its value encrypted.
func (s *SQLite) setVariable(ctx context.Context, tx *sql.Tx, v Variable) error {
	if len(v.Value) > MaxVariableValue || !utf8.ValidString(v.Value) {
		return fmt.Errorf("%w: the value of a variable is UTF-8 of at most %d bytes", ErrInvalid, MaxVariableValue)
	}
	var count int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM variables WHERE page = ? AND name <> ?", v.Page, v.Name).Scan(&count)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if count >= maxVariables {
		return fmt.Errorf("%w: there are %d variables, which is the limit", ErrInvalid, maxVariables)
	}
	sealed, err := s.seal(ctx, tx, v)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO variables (page, name, value, protected, private, locked, fallback)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (page, name) DO UPDATE SET value = excluded.value,
		protected = excluded.protected, private = excluded.private, locked = excluded.locked, fallback = excluded.fallback`,
		v.Page, v.Name, sealed, v.Protected, v.Private, v.Locked, v.Default)
	return wrap(err)
}

// copyVariables gives a page the variables of another. Each is encrypted anew,
// since its scope is part of what is sealed.
func (s *SQLite) copyVariables(ctx context.Context, tx *sql.Tx, from, to string) error {
	variables, err := s.variables(ctx, tx, from)
	if err != nil {
		return err
	}
	for _, variable := range variables {
		variable.Page = to
		if err := s.setVariable(ctx, tx, variable); err != nil {
			return err
		}
	}
	return nil
}

// sealedVariable is a variable as it is stored: without Value, with sealed.
type sealedVariable struct {
	Variable
	sealed []byte
}

func scanVariable(row interface{ Scan(...any) error }) (sealedVariable, error) {
	var v sealedVariable
	if err := row.Scan(&v.Page, &v.Name, &v.sealed, &v.Protected, &v.Private, &v.Locked, &v.Default); err != nil {
		return sealedVariable{}, fmt.Errorf("store: %w", err)
	}
	v.Set = v.sealed != nil
	return v, nil
}
