package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"webphone/internal/edge/edgetest"
	"webphone/internal/phonetest"
	"webphone/phone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func account(username string, place *edgetest.Place) Account {
	return Account{Servers: []string{place.URL}, Username: username, Password: edgetest.Password, Realm: edgetest.Domain}
}

func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), phonetest.Limit)
	t.Cleanup(cancel)
	return ctx
}

// desktop takes calls until the test ends; the results come over the channel.
func desktop(t *testing.T, l Listen) <-chan Result {
	t.Helper()
	ctx, cancel := context.WithCancel(bounded(t))
	results, over := make(chan Result, 8), make(chan error, 1)
	signed := make(chan struct{})
	l.OnCall = func(r Result) { results <- r }
	l.Progress = writer(func(line string) {
		if strings.HasPrefix(line, "Signed in") {
			close(signed)
		}
	})
	go func() { over <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-signed:
	case <-ctx.Done():
		t.Fatal("it does not sign in")
	}
	return results
}

type writer func(string)

func (w writer) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}

func TestACallToTheEchoTestHearsItsOwnTone(t *testing.T) {
	place := edgetest.Open(t)
	result, err := Call{
		Account: account("1001", place), Address: "*43", Tone: 700, Lasts: time.Second, ExpectSound: true, Register: true,
	}.Run(bounded(t))
	if err != nil || !result.OK {
		t.Fatalf("%v: %+v", err, result)
	}
	if heard := result.Heard; heard.Level < -15 || heard.Frequency < 690 || heard.Frequency > 710 {
		t.Errorf("heard %+v", heard)
	}
	if result.Server != place.URL || result.Record.SIPCode != 200 || result.Record.EndedBy != "local" {
		t.Errorf("%+v", result)
	}
	if text := result.Text(); !strings.Contains(text, "went well") || !strings.Contains(text, "700 Hz") {
		t.Error(text)
	}
}

func TestAProbeTellsWhatIsWrong(t *testing.T) {
	place := edgetest.Open(t)
	wrong := account("1001", place)
	wrong.Password = "not the password"
	nowhere := account("1001", place)
	nowhere.Servers = []string{"ws://127.0.0.1:1/sip"}
	for name, row := range map[string]struct {
		call Call
		code string
	}{
		"a number that is none":     {Call{Account: account("1001", place), Address: "1009"}, "not-found"},
		"a wrong password":          {Call{Account: wrong, Address: "*43"}, "authentication"},
		"no server":                 {Call{Account: nowhere, Address: "*43"}, "transport"},
		"an address that is none":   {Call{Account: account("1001", place), Address: "a b"}, "unsupported"},
		"nobody is there":           {Call{Account: account("1001", place), Address: "1003"}, "timeout"},
		"silence":                   {Call{Account: account("1001", place), Address: "*43", Lasts: 500 * time.Millisecond, ExpectSound: true}, "quality"},
		"quality nobody can report": {Call{Account: account("1001", place), Address: "*43", Lasts: 100 * time.Millisecond, MinMOS: 4.5}, "quality"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := row.call.Run(bounded(t))
			if !errors.Is(err, ErrFailed) || result.Code != row.code || result.OK || result.Message == "" {
				t.Errorf("%v: %+v", err, result)
			}
			if !strings.Contains(result.Text(), row.code) {
				t.Error(result.Text())
			}
		})
	}
}

func TestACallThatIsNotAnsweredEndsInTime(t *testing.T) {
	place := edgetest.Open(t)
	ctx := bounded(t)
	ringing := make(chan *phone.Call, 1)
	phonetest.New(ctx, t, "1002", phone.Handlers{OnRingingIn: func(c *phone.Call) { ringing <- c }}, place)
	result, err := Call{Account: account("1001", place), Address: "1002", Rings: 300 * time.Millisecond}.Run(ctx)
	if !errors.Is(err, ErrFailed) || result.Code != "timeout" {
		t.Errorf("%v: %+v", err, result)
	}
	if _, err := (<-ringing).Wait(ctx); err != nil {
		t.Error("it rings on")
	}
}

func TestAnInterruptedCallIsHungUp(t *testing.T) {
	place := edgetest.Open(t)
	results := desktop(t, Listen{Account: account("1002", place)})
	ctx, cancel := context.WithCancel(bounded(t))
	progress := writer(func(line string) {
		if line == "Answered\n" {
			cancel()
		}
	})
	result, err := Call{Account: account("1001", place), Address: "1002", Lasts: time.Hour, Progress: progress}.Run(ctx)
	if !errors.Is(err, ErrFailed) || result.Code != "interrupted" {
		t.Errorf("%v: %+v", err, result)
	}
	if theirs := <-results; theirs.Record.EndedBy != "remote" {
		t.Errorf("%+v", theirs.Record)
	}
}

func TestWhatIsSaidIsEchoedRecordedAndPressed(t *testing.T) {
	place := edgetest.Open(t)
	folder := t.TempDir()
	results := desktop(t, Listen{Account: account("1002", place), Echo: true, Record: folder})
	name := filepath.Join(folder, "mine.wav")
	result, err := Call{
		Account: account("1001", place), Address: "1002", Tone: 500, Lasts: 2 * time.Second, Record: name, Digits: "4*d", ExpectSound: true,
	}.Run(bounded(t))
	if err != nil || result.Heard.Frequency < 480 || result.Heard.Frequency > 520 {
		t.Errorf("%v: %+v", err, result)
	}
	theirs := <-results
	if theirs.Digits != "4*D" || theirs.Heard.Frequency < 480 || theirs.Heard.Frequency > 520 || !theirs.OK {
		t.Errorf("%+v", theirs)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.wav"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%v (%v)", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() < 16_000 {
			t.Errorf("%s: %v %d bytes (%v)", file, info.Mode(), info.Size(), err)
		}
	}
	// What was recorded can be said.
	again, err := Call{Account: account("1001", place), Address: "*43", Play: name, ExpectSound: true}.Run(bounded(t))
	if err != nil || again.Heard.Frequency < 480 || again.Heard.Frequency > 520 {
		t.Errorf("%v: %+v", err, again)
	}
}

func TestListeningEndsAfterTheCallsThatWereAskedFor(t *testing.T) {
	place := edgetest.Open(t)
	signed, over, count := make(chan struct{}), make(chan error, 1), 0
	go func() {
		over <- Listen{
			Account: account("1002", place), Calls: 1, Tone: 900, Lasts: 300 * time.Millisecond,
			OnCall: func(Result) { count++ },
			Progress: writer(func(line string) {
				if strings.HasPrefix(line, "Signed in") {
					close(signed)
				}
			}),
		}.Run(bounded(t))
	}()
	<-signed
	result, err := Call{Account: account("1001", place), Address: "1002", Lasts: 10 * time.Second}.Run(bounded(t))
	if err != nil || result.Record.EndedBy != "remote" || result.Heard.Frequency < 880 || result.Heard.Frequency > 920 {
		t.Errorf("%v: %+v", err, result)
	}
	if err := <-over; err != nil || count != 1 {
		t.Errorf("%d calls (%v)", count, err)
	}
}

func TestFilesThatCannotBeUsedAreToldBeforeTheCall(t *testing.T) {
	place := edgetest.Open(t)
	broken := filepath.Join(t.TempDir(), "broken.wav")
	if err := os.WriteFile(broken, []byte("RIFFxxxxWAVEnothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, call := range []Call{
		{Play: broken}, {Play: broken + ".missing"}, {Record: filepath.Join(broken, "under-a-file.wav")},
	} {
		call.Account, call.Address = account("1001", place), "*43"
		if result, err := call.Run(bounded(t)); err == nil || errors.Is(err, ErrFailed) || result.Record != nil {
			t.Errorf("%v: %+v", err, result)
		}
	}
	if err := (Listen{Account: account("1002", place), Play: broken}).Run(bounded(t)); err == nil {
		t.Error("a file that is none was taken")
	}
}

func TestResultsAreJSONAsTheReferenceHasIt(t *testing.T) {
	place := edgetest.Open(t)
	result, err := Call{Account: account("1001", place), Address: "*43", Lasts: 200 * time.Millisecond}.Run(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(result); err != nil {
		t.Fatal(err)
	}
	var read struct {
		OK     bool
		Record map[string]any
	}
	if err := json.Unmarshal(text.Bytes(), &read); err != nil || !read.OK {
		t.Fatal(text.String(), err)
	}
	for _, name := range []string{
		"callId", "direction", "from", "to", "displayName", "startTime", "ringTime", "answerTime", "endTime",
		"duration", "sipCode", "reason", "endedBy", "codec", "quality",
	} {
		if _, there := read.Record[name]; !there {
			t.Errorf("the record has no %s", name)
		}
	}
	if strings.Contains(text.String(), edgetest.Password) {
		t.Error("the password is in the result")
	}
}

func TestACallThatTheOtherSideHangsUpWhileSomethingIsSaidWentWell(t *testing.T) {
	place := edgetest.Open(t)
	desktop(t, Listen{Account: account("1002", place), Lasts: 300 * time.Millisecond})
	result, err := Call{Account: account("1001", place), Address: "1002", Tone: 700, Lasts: time.Minute}.Run(bounded(t))
	if err != nil || !result.OK || result.Record.EndedBy != "remote" {
		t.Fatalf("%v: %+v", err, result)
	}
}
