package phone

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"webphone/internal/sip"
)

func TestTheProviderIsAskedAgainWhenTheCredentialsAreRefused(t *testing.T) {
	config := testAccount
	asked := 0
	config.Provider = func(context.Context) (Credentials, error) {
		asked++
		return Credentials{Password: []string{"first", "second"}[asked-1]}, nil
	}
	b := newBench(t, config)
	result := b.go_(b.phone.Register)
	b.reply(b.request(sip.REGISTER), 403, "")
	req := b.request(sip.REGISTER)
	b.reply(req, 200, "", sip.NewHeader("Contact", req.Contact().Value()))
	if err := result(); err != nil || asked != 2 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

func TestHeaderFieldsOfACallAreBounded(t *testing.T) {
	b := newBench(t, testAccount)
	for name, options := range map[string][]CallOption{
		"the phone's own": {WithHeader("Contact", "x")},
		"a compact form":  {WithHeader("m", "x")},
		"the body's":      {WithHeader("Content-Type", "x")},
		"another line":    {WithHeader("X-A", "b\r\nX-C: d")},
		"no name":         {WithHeader("", "x")},
		"no token":        {WithHeader("X A", "x")},
		"too long":        {WithHeader("X-A", strings.Repeat("x", maxHeaderValue+1))},
		"too many":        slices.Repeat([]CallOption{WithHeader("X-A", "x")}, maxHeaders+1),
	} {
		if _, err := b.phone.MakeCall(context.Background(), "1002", options...); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	result := b.go_(func(ctx context.Context) error {
		_, err := b.phone.MakeCall(ctx, "1002", WithHeader("X-Ticket", "42"))
		return err
	})
	if ticket := headerValue(b.request(sip.INVITE), "X-Ticket"); ticket != "42" {
		t.Errorf("the INVITE has %q", ticket)
	}
	if err := result(); err != nil {
		t.Error(err)
	}
}

func TestARecordIsJSONAsInTheBrowser(t *testing.T) {
	b := newBench(t, testAccount)
	call, _ := b.call()
	result := b.go_(call.Hangup)
	b.reply(b.request(sip.BYE), 200, "")
	if err := result(); err != nil {
		t.Fatal(err)
	}
	record, _ := call.CDR()
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"answerTime", "callId", "codec", "direction", "displayName", "duration", "endTime", "endedBy", "from",
		"quality", "reason", "ringTime", "sipCode", "startTime", "to",
	}
	var got []string
	for name := range members {
		got = append(got, name)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the members are %v", got)
	}
	if members["ringTime"] != nil || members["quality"].(map[string]any)["mos"] != 4.2 || members["codec"] != "PCMU" {
		t.Errorf("%s", text)
	}
}

func TestNewMediaSettingsCountFromTheNextCallOn(t *testing.T) {
	b := newBench(t, testAccount)
	var made []Config
	b.phone.env.newPeers = func(c Config) (peers, error) {
		made = append(made, c)
		return b, nil
	}
	b.call()
	config := testAccount
	config.Codecs = []string{"opus"}
	if err := b.phone.SetConfig(config); err != nil {
		t.Fatal(err)
	}
	result := b.go_(func(ctx context.Context) error { _, err := b.phone.MakeCall(ctx, "1003"); return err })
	b.reply(b.request(sip.INVITE), 200, farSDP) // the hold of the first
	b.request(sip.ACK)
	b.request(sip.INVITE)
	if err := result(); err != nil {
		t.Error(err)
	}
	if len(made) != 2 || made[1].Codecs[0] != "opus" {
		t.Errorf("media were made %d times, last with %v", len(made), made[len(made)-1].Codecs)
	}
}

func TestBadMediaServersAreNotConfigured(t *testing.T) {
	if _, err := newPeers(Config{ICEServers: []ICEServer{{URLs: []string{"turn:relay.example.com"}}}}); !errors.Is(err, ErrNotConfigured) {
		t.Error(err)
	}
}
