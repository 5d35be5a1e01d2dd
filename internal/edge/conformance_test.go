package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

const conformance = "../../test/conformance"

type conformanceRow struct {
	File string
	Kind string
	Edge any
}

func conformanceRows(t *testing.T) []conformanceRow {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(conformance, "rfc4475.json"))
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Messages []conformanceRow }
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Messages) != 49 {
		t.Fatalf("%d messages, RFC 4475 has 49", len(table.Messages))
	}
	return table.Messages
}

// TestTheEdgeAnswersRFC4475 sends every message of RFC 4475 over a WebSocket.
func TestTheEdgeAnswersRFC4475(t *testing.T) {
	h := newHarness(t)
	for _, row := range conformanceRows(t) {
		t.Run(row.File, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(conformance, "rfc4475", row.File+".dat"))
			if err != nil {
				t.Fatal(err)
			}
			ws := h.connect()
			defer ws.CloseNow()
			// What is answered comes before the answer to the next request; the
			// connection lives on in any case. The answers are not parsed: one to
			// a malformed request repeats some of it.
			probe := "OPTIONS sip:" + domain + " SIP/2.0\r\nVia: SIP/2.0/WS probe.invalid;branch=z9hG4bKprobe\r\n" +
				"From: <sip:probe@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\n\r\n"
			for _, message := range []string{string(data), probe} {
				if err := ws.Write(t.Context(), websocket.MessageBinary, []byte(message)); err != nil {
					t.Fatal(err)
				}
			}
			var answers []int
			for {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				_, data, err := ws.Read(ctx)
				cancel()
				if err != nil {
					t.Fatal(err)
				}
				text := string(data)
				if strings.Contains(text, "\r\nCall-ID: probe\r\n") {
					break
				}
				var status int
				if _, err := fmt.Sscanf(text, "SIP/2.0 %d", &status); err != nil {
					t.Fatalf("the edge sent a request:\n%s", text)
				}
				answers = append(answers, status)
			}
			switch want := row.Edge.(type) {
			case string:
				if len(answers) != 0 {
					t.Errorf("answered %v, want silence", answers)
				}
			case float64:
				if len(answers) != 1 || answers[0] != int(want) {
					t.Errorf("answered %v, want %v", answers, want)
				}
			}
		})
	}
}
