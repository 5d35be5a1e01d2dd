package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// PageImport is a page that comes with its variables.
type PageImport struct {
	Name, Title string
	Document    json.RawMessage
	// Replace gives a page that is there this draft. Without it such a page is
	// ErrExists.
	Replace bool
	// Variables are of the page or of all pages. One that is not Set names a
	// secret which the export left out.
	Variables []Variable
}

// Imported is what became of a PageImport. Set, Kept and Missing are the names
// of variables: given a value by the import, left as they were, and without a
// value still.
type Imported struct {
	Page               Page
	Created            bool
	Set, Kept, Missing []string
}

// ImportPage imports all of a page or, when a part of it cannot be, nothing.
func (s *SQLite) ImportPage(ctx context.Context, in PageImport) (Imported, error) {
	var done Imported
	var err error
	done.Page, err = s.changed(ctx, in.Name, func(tx *sql.Tx) error {
		_, err := draft(ctx, tx, in.Name)
		if done.Created = !in.Replace || errors.Is(err, ErrNotFound); done.Created {
			err = addPage(ctx, tx, in.Name, in.Title, in.Document)
		} else if err == nil {
			err = setDraft(ctx, tx, in.Name, in.Title, in.Document)
		}
		if err != nil {
			return err
		}
		for _, variable := range in.Variables {
			if err := s.importVariable(ctx, tx, variable, &done); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

func (s *SQLite) importVariable(ctx context.Context, tx *sql.Tx, v Variable, done *Imported) error {
	before, err := s.variable(ctx, tx, v.Page, v.Name)
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	// A file that came from somewhere makes no secret of this server an open
	// value: what is set here next would be shown.
	v.Protected, v.Private = v.Protected || before.Protected, v.Private || before.Private
	fallback := v.Default || before.Default
	switch {
	case before.Set && (before.Locked || fallback || !v.Set):
		done.Kept = append(done.Kept, v.Name)
		return nil
	case before.Locked || known && !v.Set:
		done.Missing = append(done.Missing, v.Name)
		return nil
	case v.Set:
		done.Set = append(done.Set, v.Name)
	default:
		// Its flags are known already, so that it is as secret as it was
		// where it comes from.
		done.Missing = append(done.Missing, v.Name)
	}
	return s.setVariable(ctx, tx, v)
}
