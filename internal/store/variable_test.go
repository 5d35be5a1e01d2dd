package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// put sets a variable.
func put(ctx context.Context, s *SQLite, page, name, value string) error {
	_, err := s.ChangeVariable(ctx, page, name, func(v Variable, _ bool) (Variable, error) {
		v.Value, v.Set = value, true
		return v, nil
	})
	return err
}

func mustPut(t *testing.T, s *SQLite, page, name, value string) {
	t.Helper()
	if err := put(t.Context(), s, page, name, value); err != nil {
		t.Fatal(err)
	}
}

func addTestPage(t *testing.T, s *SQLite, name string) {
	t.Helper()
	if _, err := s.AddPage(t.Context(), name, "Title", []byte(`{"n":1}`)); err != nil {
		t.Fatal(err)
	}
}

func TestAVariableIsEncryptedUnderAKeyOfItsOwnersAlone(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	mustPut(t, s, AllPages, "A", "a-secret-to-look-for")
	if v, err := s.Variable(t.Context(), AllPages, "A"); err != nil || v.Value != "a-secret-to-look-for" {
		t.Fatal(v, err)
	}
	info, err := os.Stat(filepath.Join(folder, keyFile))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != keySize {
		t.Fatal(info, err)
	}
	key, err := os.ReadFile(filepath.Join(folder, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	database, err := os.ReadFile(filepath.Join(folder, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(database, []byte("a-secret-to-look-for")) || bytes.Contains(database, key) {
		t.Error("the database holds a value or the key")
	}
	if left, err := filepath.Glob(filepath.Join(folder, keyFile+".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestEqualValuesAreNotSeenToBeEqual(t *testing.T) {
	s := open(t, t.TempDir())
	mustPut(t, s, AllPages, "A", "same")
	mustPut(t, s, AllPages, "B", "same")
	var distinct int
	if err := s.db.QueryRow("SELECT count(DISTINCT value) FROM variables").Scan(&distinct); err != nil || distinct != 2 {
		t.Error(distinct, err)
	}
}

func TestAValueThatWasMovedInTheFileDoesNotOpen(t *testing.T) {
	for what, statement := range map[string]string{
		"to another name":    "UPDATE variables SET name = 'B'",
		"to another page":    "UPDATE variables SET page = 'help'",
		"by a changed byte":  "UPDATE variables SET value = CAST(substr(value, 1, length(value) - 1) || 'x' AS BLOB)",
		"by being cut short": "UPDATE variables SET value = substr(value, 1, 5)",
	} {
		s := open(t, t.TempDir())
		mustPut(t, s, AllPages, "A", "secret")
		if _, err := s.db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		for _, page := range []string{AllPages, "help"} {
			if got, err := s.Variables(t.Context(), page); !errors.Is(err, ErrKey) && len(got) > 0 {
				t.Errorf("%s: read %+v, %v", what, got, err)
			}
		}
	}
}

func TestProcessesThatSetTheFirstVariableTogetherAgreeOnTheKey(t *testing.T) {
	folder := t.TempDir()
	open(t, folder)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			s, err := Open(context.Background(), folder)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := put(context.Background(), s, AllPages, fmt.Sprint("V", i), fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	got, err := open(t, folder).Variables(t.Context(), AllPages)
	if err != nil || len(got) != 4 {
		t.Fatal(got, err)
	}
	for i, v := range got {
		if v.Value != fmt.Sprint(i) {
			t.Errorf("%s is %q", v.Name, v.Value)
		}
	}
}

func TestAKeyThatMayBeNeededElsewhereIsTakenRatherThanReplaced(t *testing.T) {
	folder := t.TempDir()
	key := bytes.Repeat([]byte{7}, keySize)
	path := filepath.Join(folder, keyFile)
	if err := os.WriteFile(path, key, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, folder)
	mustPut(t, s, AllPages, "A", "1")
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, key) {
		t.Fatalf("the key became %x, %v", got, err)
	}
}

func TestWithoutVariablesALostKeyIsMadeAnew(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	mustPut(t, s, AllPages, "A", "1")
	if err := os.Remove(filepath.Join(folder, keyFile)); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), s, AllPages, "B", "1"); !errors.Is(err, ErrKey) {
		t.Fatalf("got %v, want ErrKey", err)
	}
	if err := s.ForgetVariables(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, AllPages, "B", "2")
	if v, err := s.Variable(t.Context(), AllPages, "B"); err != nil || v.Value != "2" {
		t.Error(v, err)
	}
}

func TestAnImportIsAllOrNothing(t *testing.T) {
	s := open(t, t.TempDir())
	addTestPage(t, s, "help")
	_, err := s.ImportPage(t.Context(), PageImport{Name: "help", Title: "Other", Document: []byte("{}"), Replace: true, Variables: []Variable{
		{Name: "A", Value: "1", Set: true}, {Page: "help", Name: "B", Value: strings.Repeat("x", MaxVariableValue+1), Set: true},
	}})
	if !errors.Is(err, ErrInvalid) {
		t.Fatalf("got %v, want ErrInvalid", err)
	}
	if page, err := s.Draft(t.Context(), "help"); err != nil || page.Title != "Title" || page.Revision != 1 {
		t.Error(page, err)
	}
	if got, err := s.Variables(t.Context(), AllPages); err != nil || len(got) > 0 {
		t.Error(got, err)
	}
}

func TestAPageTakesItsVariablesAndVersionsWithIt(t *testing.T) {
	s := open(t, t.TempDir())
	addTestPage(t, s, "help")
	mustPut(t, s, "help", "A", "1")
	if _, err := s.Publish(t.Context(), "help", 1); err != nil {
		t.Fatal(err)
	}
	if err := s.RemovePage(t.Context(), "help"); err != nil {
		t.Fatal(err)
	}
	addTestPage(t, s, "help")
	if got, err := s.Variables(t.Context(), "help"); err != nil || len(got) > 0 {
		t.Error(got, err)
	}
	if got, err := s.PageVersions(t.Context(), "help"); err != nil || len(got) > 0 {
		t.Error(got, err)
	}
	if _, err := s.PublishedPage(t.Context(), "help"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if err := put(t.Context(), s, "none", "A", "1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestADocumentIsKeptAsItWasWritten(t *testing.T) {
	s := open(t, t.TempDir())
	const written = "{ \"a\" : 1.0e0,\n\"b\":\"\\u00e9<&>\" }"
	if _, err := s.AddPage(t.Context(), "help", "Title", []byte(written)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Publish(t.Context(), "help", 1); err != nil {
		t.Fatal(err)
	}
	page, err := s.Draft(t.Context(), "help")
	if err != nil || string(page.Draft) != written {
		t.Errorf("%s, %v", page.Draft, err)
	}
	published, err := s.PublishedPage(t.Context(), "help")
	if err != nil || string(published.Document) != written || !published.Published || published.Number != 1 {
		t.Errorf("%+v, %v", published, err)
	}
}

func TestOfChangesAtTheSameRevisionOneIsMade(t *testing.T) {
	folder := t.TempDir()
	addTestPage(t, open(t, folder), "help")
	var group sync.WaitGroup
	results := make(chan error, 4)
	for range 4 {
		s := open(t, folder)
		group.Go(func() {
			_, err := s.SaveDraft(context.Background(), "help", 1, "Title", []byte("{}"))
			results <- err
		})
	}
	group.Wait()
	close(results)
	made := 0
	for err := range results {
		if err == nil {
			made++
		} else if !errors.Is(err, ErrConflict) {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d changes were made", made)
	}
}

func TestPagesAreBounded(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := s.db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
		INSERT INTO pages (name, revision, title, draft, changed) SELECT 'p' || i, 1, '', '{}', 0 FROM n`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddPage(t.Context(), "more", "", []byte("{}")); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
}
