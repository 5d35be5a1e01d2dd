package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestAnAccountAddedWhileTheServerRunsCanRegister(t *testing.T) {
	data := t.TempDir()
	s := serve(t, "--listen", "localhost:0", "--data", data)
	const before, after = "correct horse", "battery staple"
	if got := s.register("localhost", "1003", before); got == 200 {
		t.Fatal("1003 is there already")
	}
	webphone(t, before+"\n", "user", "add", "1003", "--password-stdin", "--data", data).succeeds(t, "Added 1003.\n")
	if got := s.register("localhost", "1003", before); got != 200 {
		t.Errorf("REGISTER got %d", got)
	}
	webphone(t, after+"\r\n", "user", "passwd", "1003", "--password-stdin", "--data", data).succeeds(t, "Changed 1003.\n")
	if got := s.register("localhost", "1003", before); got == 200 {
		t.Error("the old password still registers")
	}
	if got := s.register("localhost", "1003", after); got != 200 {
		t.Errorf("REGISTER with the new password got %d", got)
	}
	webphone(t, "", "user", "remove", "1003", "--data", data).succeeds(t, "Removed 1003.\n")
	if got := s.register("localhost", "1003", after); got == 200 {
		t.Error("a removed account registers")
	}
}

func TestAPasswordIsMadeWhenNoneIsGiven(t *testing.T) {
	data := t.TempDir()
	for command, did := range map[string]string{"add": "Added", "passwd": "Changed"} {
		if command == "passwd" {
			webphone(t, "a good password", "user", "add", "2001", "--password-stdin", "--data", data).succeeds(t, "Added 2001.\n")
		}
		username := map[string]string{"add": "1003", "passwd": "2001"}[command]
		got := webphone(t, "", "user", command, username, "--data", data)
		shown := regexp.MustCompile(`^` + did + ` ` + username + `\. The password, shown this once: ([a-z2-7]{26,})\n$`).FindStringSubmatch(got.out)
		if got.status != 0 || got.problems != "" || shown == nil {
			t.Fatalf("%s: status %d, problems %q, output of %d bytes", command, got.status, got.problems, len(got.out))
		}
		s := serve(t, "--listen", "localhost:0", "--data", data)
		if status := s.register("localhost", username, shown[1]); status != 200 {
			t.Errorf("%s: REGISTER got %d", command, status)
		}
		s.stop()
	}
}

func TestAccountsAreListedByName(t *testing.T) {
	data := t.TempDir()
	webphone(t, "", "user", "list", "--data", data).fails(t, "there are no accounts in "+data)
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Fatalf("a mistyped folder was filled: %v %v", left, err)
	}
	for _, name := range []string{"1004", "1003", "anna.b"} {
		webphone(t, "a good password", "user", "add", name, "--password-stdin", "--data", data).succeeds(t, "Added "+name+".\n")
	}
	webphone(t, "", "user", "list", "--data", data).succeeds(t, "1003\n1004\nanna.b\n")
	webphone(t, "", "user", "remove", "1004", "--data", data).succeeds(t, "Removed 1004.\n")
	webphone(t, "", "user", "list", "--data", data).succeeds(t, "1003\nanna.b\n")
}

func TestWhatCannotBeDoneToAnAccountIsRefused(t *testing.T) {
	data := folderWith(t, "1003")
	for name, c := range map[string]struct {
		in    string
		args  []string
		words string
	}{
		"added twice":           {"a good password", []string{"add", "1003", "--password-stdin"}, "exists already: account 1003"},
		"changed, not there":    {"a good password", []string{"passwd", "1009", "--password-stdin"}, "not found: account 1009"},
		"removed, not there":    {"", []string{"remove", "1009"}, "not found: account 1009"},
		"short password":        {"short", []string{"add", "1004", "--password-stdin"}, "8 to 256 bytes"},
		"long password":         {strings.Repeat("x", 257), []string{"add", "1004", "--password-stdin"}, "8 to 256 bytes"},
		"endless password":      {strings.Repeat("x", 1<<20), []string{"add", "1004", "--password-stdin"}, "8 to 256 bytes"},
		"empty password":        {"", []string{"add", "1004", "--password-stdin"}, "8 to 256 bytes"},
		"short new password":    {"short\n", []string{"passwd", "1003", "--password-stdin"}, "8 to 256 bytes"},
		"name with a space":     {"a good password", []string{"add", "a b", "--password-stdin"}, "letters, digits and - _ . +"},
		"empty name":            {"a good password", []string{"add", "", "--password-stdin"}, "1 to 64 characters"},
		"long name":             {"a good password", []string{"add", strings.Repeat("1", 65), "--password-stdin"}, "1 to 64 characters"},
		"no name":               {"", []string{"add"}, "<username>"},
		"password as argument":  {"", []string{"add", "1004", "secret-secret"}, "unexpected argument"},
		"command that is none":  {"", []string{"rename", "1003"}, "unexpected argument rename"},
		"command that is short": {"", nil, "expected one of"},
	} {
		t.Run(name, func(t *testing.T) {
			webphone(t, c.in, append([]string{"user", "--data", data}, c.args...)...).fails(t, c.words)
		})
	}
	webphone(t, "", "user", "list", "--data", data).succeeds(t, "1003\n")
}
