package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"webphone/internal/pages"
	"webphone/internal/store"
)

// draftTime is how long a preview of a draft may be shown.
const draftTime = time.Hour

// pageStore is what the API and the pages that are shown know of pages.
type pageStore struct {
	*store.SQLite
	draftKey []byte
	now      func() time.Time
}

func newPageStore(ctx context.Context, db *store.SQLite) (*pageStore, error) {
	key, err := db.Key(ctx, "draft")
	return &pageStore{SQLite: db, draftKey: key, now: time.Now}, err
}

// Environment returns the variables that a page has: its own before those of
// all pages. public lacks the private ones, which are for functions that the
// server runs.
func (p *pageStore) Environment(ctx context.Context, page string) (public, all map[string]string, err error) {
	variables, err := effective(ctx, page, p.Variables)
	if err != nil {
		return nil, nil, err
	}
	public, all = map[string]string{}, map[string]string{}
	for name, variable := range variables {
		if !variable.Set {
			continue
		}
		all[name] = variable.Value
		if !variable.Private {
			public[name] = variable.Value
		}
	}
	return public, all, nil
}

// problems returns what hinders a draft from being published.
func (p *pageStore) problems(ctx context.Context, page store.Page) ([]pages.Problem, error) {
	variables, err := effective(ctx, page.Name, p.VariableFlags)
	if err != nil {
		return nil, err
	}
	private := map[string]bool{}
	for name, variable := range variables {
		if variable.Set {
			private[name] = variable.Private
		}
	}
	return pages.Check(page.Draft, private), nil
}

// effective returns the variables that a page sees, by name. One of its own
// goes before one of all pages unless it alone is unset.
func effective(ctx context.Context, page string, read func(context.Context, string) ([]store.Variable, error)) (map[string]store.Variable, error) {
	visible := map[string]store.Variable{}
	for _, scope := range []string{store.AllPages, page} {
		variables, err := read(ctx, scope)
		if err != nil {
			return nil, err
		}
		for _, variable := range variables {
			if variable.Set || !visible[variable.Name].Set {
				visible[variable.Name] = variable
			}
		}
	}
	return visible, nil
}

// draftToken lets its bearer see the draft of a page, and run its functions,
// for an hour: the end in seconds since 1970 (8 bytes), and an HMAC-SHA-256 of
// it with the page's name.
func (p *pageStore) draftToken(page string) string {
	end := binary.BigEndian.AppendUint64(nil, uint64(p.now().Add(draftTime).Unix()))
	return base64.RawURLEncoding.EncodeToString(append(end, p.signDraft(end, page)...))
}

// verifyDraft tells whether a token is one for the draft of a page and has not
// expired.
func (p *pageStore) verifyDraft(token, page string) bool {
	if len(token) > base64.RawURLEncoding.EncodedLen(8+sha256.Size) {
		return false
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(text) != 8+sha256.Size || !hmac.Equal(text[8:], p.signDraft(text[:8], page)) {
		return false
	}
	return uint64(p.now().Unix()) < binary.BigEndian.Uint64(text)
}

func (p *pageStore) signDraft(end []byte, page string) []byte {
	mac := hmac.New(sha256.New, p.draftKey)
	mac.Write(end)
	mac.Write([]byte(page))
	return mac.Sum(nil)
}
