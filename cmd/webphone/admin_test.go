package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"webphone/internal/store"
)

// signIn signs the administrator in and returns the status and the cookie.
func (s *serving) signIn(password string) (status int, cookie string) {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"password": password})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.api(http.MethodPost, string(body), "")
}

func (s *serving) api(method, body, cookie string) (status int, set string) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+"api/v1/session", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Cookie", cookie)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: patience}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	set, _, _ = strings.Cut(res.Header.Get("Set-Cookie"), ";")
	return res.StatusCode, set
}

var printedPassword = regexp.MustCompile(`The administrator's password, shown this once: ([a-z2-7]{26,})\n`)

func TestTheFirstStartPrintsTheAdministratorsPasswordOnce(t *testing.T) {
	data := t.TempDir()
	first := serve(t, "--listen", "localhost:0", "--data", data)
	printed := printedPassword.FindStringSubmatch(first.out.String())
	if printed == nil || !strings.Contains(first.out.String(), "Pages are built at "+first.url+"builder/\n") {
		t.Fatalf("the first start printed %q", first.out.String())
	}
	if status, _ := first.signIn(printed[1]); status != http.StatusOK {
		t.Errorf("signing in got %d", status)
	}
	if strings.Contains(first.problems.String(), printed[1]) {
		t.Error("the password is in the log")
	}
	first.stop()
	second := serve(t, "--listen", "localhost:0", "--data", data)
	if printedPassword.MatchString(second.out.String()) {
		t.Errorf("the second start printed %q", second.out.String())
	}
	if words := "admin passwd --data " + data + "\n"; !strings.Contains(second.out.String(), words) {
		t.Errorf("the second start printed %q without %q", second.out.String(), words)
	}
	if status, _ := second.signIn(printed[1]); status != http.StatusOK {
		t.Errorf("signing in after a restart got %d", status)
	}
}

func TestADataFolderThatHasNoAdministratorGetsOneAtItsNextStart(t *testing.T) {
	s := serve(t, "--listen", "localhost:0", "--data", folderWith(t, "1003"))
	if !printedPassword.MatchString(s.out.String()) {
		t.Errorf("the start printed %q", s.out.String())
	}
}

func TestASessionOutlivesTheProcess(t *testing.T) {
	data := t.TempDir()
	first := serve(t, "--listen", "localhost:0", "--data", data)
	_, cookie := first.signIn(printedPassword.FindStringSubmatch(first.out.String())[1])
	first.stop()
	second := serve(t, "--listen", "localhost:0", "--data", data)
	if status, _ := second.api(http.MethodGet, "", cookie); status != http.StatusOK {
		t.Errorf("the session has status %d after a restart", status)
	}
}

func TestANewAdministratorsPasswordEndsAllSessions(t *testing.T) {
	data := t.TempDir()
	s := serve(t, "--listen", "localhost:0", "--data", data)
	old := printedPassword.FindStringSubmatch(s.out.String())[1]
	_, cookie := s.signIn(old)
	webphone(t, "battery staple\n", "admin", "passwd", "--password-stdin", "--data", data).succeeds(t, "Changed the administrator's password.\n")
	if status, _ := s.api(http.MethodGet, "", cookie); status != http.StatusUnauthorized {
		t.Errorf("the session has status %d", status)
	}
	if status, _ := s.signIn(old); status != http.StatusUnauthorized {
		t.Errorf("the old password got %d", status)
	}
	if status, _ := s.signIn("battery staple"); status != http.StatusOK {
		t.Errorf("the new password got %d", status)
	}
	made := webphone(t, "", "admin", "passwd", "--data", data)
	shown := regexp.MustCompile(`^Changed the administrator's password\. It is, shown this once: ([a-z2-7]{26,})\n$`).FindStringSubmatch(made.out)
	if made.status != 0 || shown == nil {
		t.Fatalf("status %d, %q", made.status, made.out)
	}
	if status, _ := s.signIn(shown[1]); status != http.StatusOK {
		t.Errorf("the password that was made got %d", status)
	}
}

func TestAnAdministratorsPasswordThatCannotBeIsRefused(t *testing.T) {
	webphone(t, "short\n", "admin", "passwd", "--password-stdin", "--data", folderWith(t, "1003")).fails(t, "8 to 256 bytes")
	nowhere := filepath.Join(t.TempDir(), "none")
	webphone(t, "long enough\n", "admin", "passwd", "--password-stdin", "--data", nowhere).fails(t, "there are no accounts in "+nowhere)
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("a mistyped folder was made")
	}
}

func TestVariablesWhoseKeyIsLostAreGivenUp(t *testing.T) {
	data := folderWith(t, "1003")
	ctx := context.Background()
	keep := func() error {
		db, err := store.Open(ctx, data)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		_, err = db.ChangeVariable(ctx, store.AllPages, "A", func(v store.Variable, _ bool) (store.Variable, error) {
			v.Value, v.Set = "1", true
			return v, nil
		})
		return err
	}
	if err := keep(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(data, "variables.key")); err != nil {
		t.Fatal(err)
	}
	if err := keep(); !errors.Is(err, store.ErrKey) || !strings.Contains(err.Error(), "webphone admin forget-variables") {
		t.Fatalf("without its key: %v", err)
	}
	webphone(t, "", "admin", "forget-variables", "--data", data).succeeds(t, "Deleted all environment variables.\n")
	if err := keep(); err != nil {
		t.Errorf("after they were given up: %v", err)
	}
}
