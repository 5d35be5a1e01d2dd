package main

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// links are the sign-in links of an output.
func links(t *testing.T, out string) []url.Values {
	t.Helper()
	var found []url.Values
	for word := range strings.FieldsSeq(out) {
		if _, fragment, ok := strings.Cut(word, "#"); ok && strings.HasPrefix(word, "http") {
			values, err := url.ParseQuery(fragment)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, values)
		}
	}
	return found
}

func TestTheFirstStartPrintsLinksThatSignIn(t *testing.T) {
	s := serve(t, "--listen", "localhost:0", "--data", t.TempDir())
	found := links(t, s.out.String())
	if len(found) != 2 || found[0].Get("username") != "1001" || found[1].Get("username") != "1002" {
		t.Fatalf("the links are %v", found)
	}
	for _, link := range found {
		if got := s.register("localhost", link.Get("username"), link.Get("password")); got != 200 {
			t.Errorf("%s: REGISTER got %d", link.Get("username"), got)
		}
	}
	if strings.Contains(s.problems.String(), found[0].Get("password")) {
		t.Error("a password is in the log")
	}
}

func TestALaterStartPrintsNoPasswordsAndKeepsTheAccounts(t *testing.T) {
	data := t.TempDir()
	first := serve(t, "--listen", "localhost:0", "--data", data)
	link := links(t, first.out.String())[0]
	if got := first.stop(); got != 0 {
		t.Fatalf("the first start ended with %d: %s", got, first.problems.String())
	}
	second := serve(t, "--listen", "localhost:0", "--data", data)
	if got := links(t, second.out.String()); len(got) > 0 || strings.Contains(second.out.String(), "Accounts were made") {
		t.Errorf("the second start printed %q", second.out.String())
	}
	for _, words := range []string{"Accounts: 1001, 1002.", "user passwd --data " + data + " 1001\n"} {
		if !strings.Contains(second.out.String(), words) {
			t.Errorf("the second start printed %q without %q", second.out.String(), words)
		}
	}
	if got := second.register("localhost", link.Get("username"), link.Get("password")); got != 200 {
		t.Errorf("REGISTER got %d", got)
	}
}

func TestServeIsTheDefaultAndEndsInOrder(t *testing.T) {
	for _, args := range [][]string{{}, {"serve"}} {
		s := serve(t, append(args, "--listen=localhost:0", "--data="+t.TempDir())...)
		for _, path := range []string{"/", "/webphone.js", "/phone.js", "/healthz", "/readyz"} {
			if got := s.get(path); got != http.StatusOK {
				t.Errorf("%v: GET %s got %d", args, path, got)
			}
		}
		if got := s.stop(); got != 0 {
			t.Errorf("%v: ended with %d: %s", args, got, s.problems.String())
		}
		parsed, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		if conn, err := net.Dial("tcp", parsed.Host); err == nil {
			_ = conn.Close()
			t.Errorf("%v: the port is open after the end", args)
		}
	}
}

func TestServeOverTLS(t *testing.T) {
	data := t.TempDir()
	s := serve(t, "--tls=self-signed", "--listen=localhost:0", "--data", data)
	if !strings.HasPrefix(s.url, "https://localhost:") || s.get("/") != http.StatusOK {
		t.Fatalf("at %s: %d", s.url, s.get("/"))
	}
	s.stop()
	file := filepath.Join(data, "self-signed.pem")
	s = serve(t, "--tls=files", "--tls-cert", file, "--tls-key", file, "--listen=localhost:0", "--data", data)
	if s.get("/") != http.StatusOK {
		t.Error("no page with the certificate of a file")
	}
}

func TestAStartThatCannotBeIsRefused(t *testing.T) {
	busy, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for words, args := range map[string][]string{
		"address already in use. Choose another with --listen 127.0.0.1:8081.": {"--listen", busy.Addr().String()},
		"missing port":                     {"--listen", "localhost"},
		"--tls-cert":                       {"--tls", "files"},
		"--tls must be one of":             {"--tls", "on"},
		"no such file":                     {"--tls=files", "--tls-cert=" + folder + "/none", "--tls-key=" + folder + "/none"},
		"--media-addresses":                {"--media-addresses", "not an address"},
		"shop.example":                     {"--allowed-origins", "shop.example"},
		`"http://crm" is not a host`:       {"--function-hosts", "crm.lan,http://crm"},
		`proxy "10.0.0.0/33" is neither`:   {"--trusted-proxies", "192.0.2.1, 10.0.0.0/33"},
		"--examples must be one of":        {"--examples", "yes"},
		"not a directory":                  {"--data", file},
		"--media-port":                     {"--media-port", "many"},
		"unknown flag --listn":             {"--listn", "localhost:1"},
		"unexpected argument sevre":        {"sevre"},
		filepath.Join(folder, "no-config"): {"--config", filepath.Join(folder, "no-config")},
	} {
		args = append([]string{"--data", filepath.Join(folder, "data"), "--listen", "localhost:0"}, args...)
		webphone(t, "", args...).fails(t, words)
	}
}

func TestAStartThatFailsDoesNotUseUpTheLinks(t *testing.T) {
	busy, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	data := t.TempDir()
	webphone(t, "", "--listen", busy.Addr().String(), "--data", data).fails(t, "in use")
	s := serve(t, "--listen", "localhost:0", "--data", data)
	if found := links(t, s.out.String()); len(found) != 2 {
		t.Errorf("the next start printed %q", s.out.String())
	}
}

func TestTheCommandForANewPasswordCanBeTypedAsItStands(t *testing.T) {
	for path, want := range map[string]string{
		"webphone":                                 "webphone",
		"bin/webphone":                             "bin/webphone",
		"/tmp/go-build123/b001/exe/webphone":       "go run ./cmd/webphone",
		"/root/.cache/go-build/ab/ab12-d/webphone": "go run ./cmd/webphone",
	} {
		if got := program(path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	t.Chdir(t.TempDir())
	here, err := filepath.Abs("webphone-data")
	if err != nil {
		t.Fatal(err)
	}
	for data, want := range map[string]string{
		here:              " user passwd",
		"/var/lib/phones": " user passwd --data /var/lib/phones",
		"/my phones/it's": ` user passwd --data '/my phones/it'\''s'`,
	} {
		if got := commandOn(data, "user passwd"); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q", data, got)
		}
	}
}

func TestAPortThatIsTakenIsToldWithAnother(t *testing.T) {
	for listen, want := range map[string]string{
		"localhost:8080": "taken. Choose another with --listen localhost:8081.",
		":443":           "taken. Choose another with --listen :8081.",
		"[::1]:8081":     "taken. Choose another with --listen [::1]:8082.",
	} {
		if got := (portTakenError{errors.New("taken"), listen}).Error(); got != want {
			t.Errorf("%s: %q", listen, got)
		}
	}
}

func TestVersion(t *testing.T) {
	got := webphone(t, "", "version")
	if got.status != 0 || !strings.HasPrefix(got.out, "webphone ") || strings.Count(got.out, "\n") != 1 {
		t.Errorf("%+v", got)
	}
}

func TestTheExamplesAreThereUnlessTheyAreOff(t *testing.T) {
	for setting, want := range map[string]int{"on": 200, "off": 404} {
		s := serve(t, "--listen", "localhost:0", "--data", t.TempDir(), "--examples", setting)
		if got := s.get("/examples/help/"); got != want {
			t.Errorf("%s: %d, want %d", setting, got, want)
		}
		s.stop()
	}
}
