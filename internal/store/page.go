package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrConflict says that a page has changed since it was read.
var ErrConflict = errors.New("store: changed in between")

// Bounds of what is kept of pages.
const (
	// maxPages bounds the pages.
	maxPages = 1000
	// maxVersions bounds the versions of a page; the published one is kept
	// beside them whatever its age.
	maxVersions = 100
)

// Page is a page with its draft.
type Page struct {
	Name string
	// Revision counts the changes of the draft, from 1.
	Revision int64
	Title    string
	// Draft is the document, as it was written. Pages does not read it.
	Draft   json.RawMessage
	Changed time.Time
	// Published is the number of the published version, and PublishedTime when
	// it was; both are zero while none is.
	Published     int64
	PublishedTime time.Time
}

// PageVersion is what a page was when it was published.
type PageVersion struct {
	Page   string
	Number int64
	Title  string
	// Document is the document, as it was written. PageVersions does not read it.
	Document json.RawMessage
	Time     time.Time
	// Published tells whether visitors see this version.
	Published bool
}

const pageColumns = `p.name, p.revision, p.title, p.changed, p.published, v.time
	FROM pages p LEFT JOIN page_versions v ON v.page = p.name AND v.number = p.published`

// Pages returns all pages by name, without their drafts.
func (s *SQLite) Pages(ctx context.Context) ([]Page, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT '', "+pageColumns+" ORDER BY p.name")
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer rows.Close()
	var pages []Page
	for rows.Next() {
		page, err := scanPage(rows)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return pages, rows.Err()
}

// Draft returns a page with its draft.
func (s *SQLite) Draft(ctx context.Context, name string) (Page, error) {
	return draft(ctx, s.db, name)
}

func draft(ctx context.Context, from querier, name string) (Page, error) {
	page, err := scanPage(from.QueryRowContext(ctx, "SELECT p.draft, "+pageColumns+" WHERE p.name = ?", name))
	if errors.Is(err, sql.ErrNoRows) {
		return Page{}, fmt.Errorf("%w: page %s", ErrNotFound, name)
	}
	return page, err
}

// AddPage adds a page that is not published.
func (s *SQLite) AddPage(ctx context.Context, name, title string, document json.RawMessage) (Page, error) {
	return s.changed(ctx, name, func(tx *sql.Tx) error { return addPage(ctx, tx, name, title, document) })
}

// SaveDraft gives a page another draft. It returns ErrConflict when revision is
// not the page's.
func (s *SQLite) SaveDraft(ctx context.Context, name string, revision int64, title string, document json.RawMessage) (Page, error) {
	return s.changed(ctx, name, func(tx *sql.Tx) error {
		if _, err := atRevision(ctx, tx, name, revision); err != nil {
			return err
		}
		return setDraft(ctx, tx, name, title, document)
	})
}

// RemovePage removes a page with its versions and variables.
func (s *SQLite) RemovePage(ctx context.Context, name string) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		if _, err := draft(ctx, tx, name); err != nil {
			return err
		}
		return execAll(ctx, tx, name,
			"DELETE FROM variables WHERE page = ?",
			"DELETE FROM pages WHERE name = ?")
	})
}

// Publish makes the draft a version and shows it. It returns ErrConflict when
// revision is not the page's. Versions beyond the newest 100 go, but for the
// published one.
func (s *SQLite) Publish(ctx context.Context, name string, revision int64) (Page, error) {
	return s.changed(ctx, name, func(tx *sql.Tx) error {
		page, err := atRevision(ctx, tx, name, revision)
		if err != nil {
			return err
		}
		var number int64
		err = tx.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) + 1 FROM page_versions WHERE page = ?", name).Scan(&number)
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		if _, err := tx.ExecContext(ctx,
			"INSERT INTO page_versions (page, number, title, document, time) VALUES (?, ?, ?, ?, ?)",
			name, number, page.Title, string(page.Draft), now()); err != nil {
			return fmt.Errorf("store: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE pages SET published = ? WHERE name = ?", number, name); err != nil {
			return fmt.Errorf("store: %w", err)
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM page_versions WHERE page = ? AND number <= ? AND number <> ?",
			name, number-maxVersions, number)
		return wrap(err)
	})
}

// Unpublish shows a page no more. Its versions stay.
func (s *SQLite) Unpublish(ctx context.Context, name string) (Page, error) {
	return s.changed(ctx, name, func(tx *sql.Tx) error {
		return execAll(ctx, tx, name, "UPDATE pages SET published = NULL WHERE name = ?")
	})
}

// DuplicatePage adds a page with the draft and the variables of another.
func (s *SQLite) DuplicatePage(ctx context.Context, from, name string) (Page, error) {
	return s.changed(ctx, name, func(tx *sql.Tx) error {
		original, err := draft(ctx, tx, from)
		if err != nil {
			return err
		}
		if err := addPage(ctx, tx, name, original.Title, original.Draft); err != nil {
			return err
		}
		return s.copyVariables(ctx, tx, from, name)
	})
}

// PageVersions returns a page's versions, the newest first, without their
// documents.
func (s *SQLite) PageVersions(ctx context.Context, name string) ([]PageVersion, error) {
	if _, err := s.Draft(ctx, name); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT '', "+versionColumns+" WHERE v.page = ? ORDER BY v.number DESC", name)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer rows.Close()
	var versions []PageVersion
	for rows.Next() {
		version, err := scanVersion(rows)
		if err != nil {
			return nil, err
		}
		versions = append(versions, version)
	}
	return versions, rows.Err()
}

const versionColumns = `v.page, v.number, v.title, v.time, coalesce(v.number = p.published, 0)
	FROM page_versions v JOIN pages p ON p.name = v.page`

// PageVersion returns a version of a page.
func (s *SQLite) PageVersion(ctx context.Context, name string, number int64) (PageVersion, error) {
	row := s.db.QueryRowContext(ctx, "SELECT v.document, "+versionColumns+" WHERE v.page = ? AND v.number = ?", name, number)
	version, err := scanVersion(row)
	if errors.Is(err, sql.ErrNoRows) {
		return PageVersion{}, fmt.Errorf("%w: version %d of page %s", ErrNotFound, number, name)
	}
	return version, err
}

// PublishedPage returns the version of a page that visitors see.
func (s *SQLite) PublishedPage(ctx context.Context, name string) (PageVersion, error) {
	row := s.db.QueryRowContext(ctx, "SELECT v.document, "+versionColumns+" WHERE v.page = ? AND v.number = p.published", name)
	version, err := scanVersion(row)
	if errors.Is(err, sql.ErrNoRows) {
		return PageVersion{}, fmt.Errorf("%w: published page %s", ErrNotFound, name)
	}
	return version, err
}

// changed runs a change of a page and returns the page as it is afterwards.
func (s *SQLite) changed(ctx context.Context, name string, change func(*sql.Tx) error) (page Page, err error) {
	err = s.within(ctx, func(tx *sql.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		page, err = draft(ctx, tx, name)
		return err
	})
	return page, err
}

func atRevision(ctx context.Context, tx *sql.Tx, name string, revision int64) (Page, error) {
	page, err := draft(ctx, tx, name)
	if err == nil && page.Revision != revision {
		err = fmt.Errorf("%w: page %s is at revision %d", ErrConflict, name, page.Revision)
	}
	return page, err
}

func addPage(ctx context.Context, tx *sql.Tx, name, title string, document json.RawMessage) error {
	var count int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM pages").Scan(&count); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if count >= maxPages {
		return fmt.Errorf("%w: there are %d pages, which is the limit; delete one first", ErrInvalid, maxPages)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO pages (name, revision, title, draft, changed) VALUES (?, 1, ?, ?, ?)",
		name, title, string(document), now())
	if isConstraint(err) {
		return fmt.Errorf("%w: page %s", ErrExists, name)
	}
	return wrap(err)
}

func setDraft(ctx context.Context, tx *sql.Tx, name, title string, document json.RawMessage) error {
	_, err := tx.ExecContext(ctx, "UPDATE pages SET revision = revision + 1, title = ?, draft = ?, changed = ? WHERE name = ?",
		title, string(document), now(), name)
	return wrap(err)
}

// querier is the database, or a transaction.
type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// execAll runs statements that have one and the same parameter.
func execAll(ctx context.Context, tx *sql.Tx, parameter string, statements ...string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement, parameter); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

func scanPage(row interface{ Scan(...any) error }) (Page, error) {
	var page Page
	var document string
	var changed int64
	var published, publishedTime sql.NullInt64
	if err := row.Scan(&document, &page.Name, &page.Revision, &page.Title, &changed, &published, &publishedTime); err != nil {
		return Page{}, fmt.Errorf("store: %w", err)
	}
	page.Draft, page.Changed = json.RawMessage(document), time.UnixMilli(changed).UTC()
	if published.Valid {
		page.Published, page.PublishedTime = published.Int64, time.UnixMilli(publishedTime.Int64).UTC()
	}
	return page, nil
}

func scanVersion(row interface{ Scan(...any) error }) (PageVersion, error) {
	var version PageVersion
	var document string
	var at int64
	if err := row.Scan(&document, &version.Page, &version.Number, &version.Title, &at, &version.Published); err != nil {
		return PageVersion{}, fmt.Errorf("store: %w", err)
	}
	version.Document, version.Time = json.RawMessage(document), time.UnixMilli(at).UTC()
	return version, nil
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// now is the time as the tables of pages and sessions hold it, in milliseconds.
func now() int64 { return time.Now().UnixMilli() }
