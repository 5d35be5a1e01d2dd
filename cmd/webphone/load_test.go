package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webphone/internal/load"
)

// withPhones is a server with the accounts load1 and load2.
func withPhones(t *testing.T) *serving {
	t.Helper()
	data := t.TempDir()
	for _, name := range []string{"load1", "load2"} {
		webphone(t, "correct horse", "user", "add", name, "--password-stdin", "--data", data)
	}
	return serve(t, "--listen", "localhost:0", "--data", data)
}

func (s *serving) sip() string { return "ws" + strings.TrimPrefix(s.url, "http") + "sip" }

func TestLoadRegistersCallsAndReports(t *testing.T) {
	s := withPhones(t)
	page := filepath.Join(t.TempDir(), "report.html")
	got := webphone(t, "correct horse\n", "load", s.sip(), "--user", "load%d", "--password-stdin", "--phones", "2",
		"--call-rate", "10", "--call-duration", "10ms", "--duration", "500ms", "--json", "--html", page)
	if got.status != 0 {
		t.Fatalf("%+v", got)
	}
	var report load.Report
	if err := json.Unmarshal([]byte(got.out), &report); err != nil {
		t.Fatal(err)
	}
	if report.Peak.Registered != 2 || report.Counts.Calls == 0 || report.Failed != 0 {
		t.Errorf("%+v %+v", report.Peak, report.Counts)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "<svg") {
		t.Errorf("the page: %v", err)
	}
}

func TestLoadTakesAccountsFromAFile(t *testing.T) {
	s := withPhones(t)
	file := filepath.Join(t.TempDir(), "accounts.csv")
	if err := os.WriteFile(file, []byte("load1,correct horse\nload2,wrong horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"load", s.sip(), "--accounts", file, "--duration", "0s"}
	got := webphone(t, "", args...)
	if got.status == 0 || !strings.Contains(got.out, "1  register: 401") || !strings.Contains(got.problems, "25.00 %") && !strings.Contains(got.problems, "20.00 %") {
		t.Errorf("%+v", got)
	}
	if strings.Contains(got.out+got.problems, "horse") {
		t.Error("a password is shown")
	}
	if got := webphone(t, "", append(args, "--allow-failures", "50")...); got.status != 0 {
		t.Errorf("with failures allowed: %+v", got)
	}
	webphone(t, "", append(args, "--phones", "3")...).fails(t, "too few for 3 phones")
}

func TestLoadRefusesWhatItCannotDo(t *testing.T) {
	for words, args := range map[string][]string{
		"name the accounts":             {"ws://localhost:1/sip"},
		"comes by --password-stdin":     {"ws://localhost:1/sip", "--user", "load%d", "--phones", "1"},
		"a URL such as":                 {"http://localhost:1/sip", "--user", "load%d", "--phones", "1", "--password-stdin"},
		"1 to 100,000 phones":           {"ws://localhost:1/sip", "--user", "load%d", "--password-stdin"},
		"--source-addresses":            {"ws://localhost:1/sip", "--user", "load%d", "--phones", "1", "--password-stdin", "--source-addresses", "here"},
		"--allow-failures is 0 to 100":  {"ws://localhost:1/sip", "--user", "load%d", "--phones", "1", "--password-stdin", "--allow-failures", "101"},
		"load: the process cannot be r": {"ws://localhost:1/sip", "--user", "load%d", "--phones", "1", "--password-stdin", "--pid", "1073741824"},
	} {
		webphone(t, "secret word\n", append([]string{"load"}, args...)...).fails(t, words)
	}
}
