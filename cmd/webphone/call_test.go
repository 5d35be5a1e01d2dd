package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestACallFromTheCommandLineIsAProbe calls a real server's echo test.
func TestACallFromTheCommandLineIsAProbe(t *testing.T) {
	data := t.TempDir()
	s := serve(t, "--listen", "localhost:0", "--data", data)
	webphone(t, "correct horse\n", "user", "add", "1003", "--password-stdin", "--data", data).succeeds(t, "Added 1003.\n")
	server := "ws" + strings.TrimPrefix(s.url, "http") + "sip"
	args := []string{"call", "*43", "--server", server, "--username", "1003", "--duration", "1s", "--expect-sound", "--json"}

	t.Setenv("WEBPHONE_PASSWORD", "correct horse")
	good := webphone(t, "", args...)
	var result struct {
		OK    bool
		Heard struct{ Frequency float64 }
	}
	if err := json.Unmarshal([]byte(good.out), &result); err != nil || good.status != 0 || !result.OK || result.Heard.Frequency < 430 || result.Heard.Frequency > 450 {
		t.Errorf("%+v (%v)", good, err)
	}

	bad := webphone(t, "battery staple\n", append(args, "--password-stdin")...)
	if bad.status == 0 || !strings.Contains(bad.out, `"code":"authentication"`) || !strings.Contains(bad.problems, "user name or password") {
		t.Errorf("%+v", bad)
	}
	for _, text := range []string{good.out, good.problems, bad.out, bad.problems} {
		if strings.Contains(text, "correct horse") || strings.Contains(text, "battery staple") {
			t.Error("a password is shown")
		}
	}

	t.Setenv("WEBPHONE_PASSWORD", "")
	webphone(t, "", args...).fails(t, "--password-stdin")
}
