package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "webphone.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func settings(t *testing.T, values map[string]any) string {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return configFile(t, string(text))
}

// folderWith is a data folder with one account, by which it is known.
func folderWith(t *testing.T, username string) string {
	t.Helper()
	folder := t.TempDir()
	webphone(t, "a good password", "user", "add", username, "--password-stdin", "--data", folder).succeeds(t, "Added "+username+".\n")
	return folder
}

func TestAFlagWinsOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	flag, env, file := folderWith(t, "of-the-flag"), folderWith(t, "of-the-environment"), folderWith(t, "of-the-file")
	config := settings(t, map[string]any{"data": file})
	webphone(t, "", "user", "list", "--config", config).succeeds(t, "of-the-file\n")
	webphone(t, "", "user", "list", "--config="+config).succeeds(t, "of-the-file\n")
	t.Setenv("WEBPHONE_DATA", env)
	webphone(t, "", "user", "list", "--config", config).succeeds(t, "of-the-environment\n")
	webphone(t, "", "user", "list", "--config", config, "--data", flag).succeeds(t, "of-the-flag\n")
}

func TestTheEnvironmentNamesTheFile(t *testing.T) {
	t.Setenv("WEBPHONE_CONFIG", settings(t, map[string]any{"data": folderWith(t, "of-the-file")}))
	webphone(t, "", "user", "list").succeeds(t, "of-the-file\n")
	other := settings(t, map[string]any{"data": folderWith(t, "of-the-other")})
	webphone(t, "", "user", "list", "--config", other).succeeds(t, "of-the-other\n")
}

func TestTheFileSetsTextAndNumbers(t *testing.T) {
	s := serve(t, "--config", settings(t, map[string]any{
		"listen": "localhost:0", "data": t.TempDir(), "domain": "phone.example.com",
		"media-port": 0, "max-connections": 1_000_000, "allowed-origins": "https://shop.example.com",
	}))
	link := links(t, s.out.String())[0]
	if got := s.register("phone.example.com", link.Get("username"), link.Get("password")); got != 200 {
		t.Errorf("REGISTER in the domain of the file got %d", got)
	}
}

func TestABadFileIsRefusedWithASentence(t *testing.T) {
	big := `{"domain": "` + strings.Repeat("x", maxConfigFile) + `"}`
	for text, words := range map[string]string{
		`{"listn": "localhost:0"}`:   `has "listn", which is not a setting`,
		`{"help": true}`:             `has "help", which is not a setting`,
		`{"listen": "localhost:0"`:   "is not a JSON object of settings",
		`["listen"]`:                 "is not a JSON object of settings",
		`null`:                       "is not a JSON object of settings",
		``:                           "is not a JSON object of settings",
		big:                          "is larger than 65536 bytes",
		`{"listen": ["a", "b"]}`:     "takes a string, a number or true/false",
		`{"tls": "on"}`:              "--tls must be one of",
		`{"media-port": "many"}`:     "--media-port",
		`{"max-connections": 1.5}`:   "--max-connections",
		`{"listen": {"port": 8080}}`: "takes a string, a number or true/false",
	} {
		webphone(t, "", "serve", "--config", configFile(t, text), "--data", t.TempDir()).fails(t, words)
	}
}

func TestHelpShowsTheThreeNamesOfEverySetting(t *testing.T) {
	got := webphone(t, "", "serve", "--help")
	if got.status != 0 || got.problems != "" {
		t.Fatalf("%+v", got)
	}
	help := strings.Join(strings.Fields(got.out), " ")
	for _, name := range []string{
		"config", "data", "domain", "listen", "tls", "tls-cert", "tls-key",
		"media-port", "media-addresses", "allowed-origins", "max-connections",
		"function-hosts", "examples", "trusted-proxies",
	} {
		env := "WEBPHONE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		for _, want := range []string{"--" + name + "=", `($` + env + `; key "` + name + `")`} {
			if !strings.Contains(help, want) {
				t.Errorf("--help lacks %s", want)
			}
		}
	}
	// A setting that is added shows its names too.
	if flags, named := strings.Count(help, " --"), strings.Count(help, "($WEBPHONE_"); flags-strings.Count(help, "of --") < named {
		t.Errorf("%d flags, %d with their names", flags, named)
	}
}

func TestHelpNeedsNoValidFile(t *testing.T) {
	if got := webphone(t, "", "--help", "--config", configFile(t, "damaged")); got.status != 0 || !strings.Contains(got.out, "Usage: webphone") {
		t.Errorf("%+v", got)
	}
}
