package sip_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"webphone/internal/sip"
)

const corpus = "../../test/conformance/rfc4475"

type conformanceRow struct {
	File, Section, Kind, Parse, Note string
	Edge, UAS                        any
}

func conformance(t testing.TB) []conformanceRow {
	t.Helper()
	text, err := os.ReadFile(corpus + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Messages []conformanceRow }
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Messages) != 49 {
		t.Fatalf("the table has %d rows; RFC 4475 has 49 messages", len(table.Messages))
	}
	return table.Messages
}

func torture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus, name+".dat"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryMessageOfRFC4475IsReadOrRefusedAsTheTableSays(t *testing.T) {
	for _, row := range conformance(t) {
		t.Run(row.File, func(t *testing.T) {
			msg, err := sip.Parse(torture(t, row.File))
			if row.Parse == "ok" {
				if err != nil {
					t.Fatalf("refused (%v): %s", err, row.Note)
				}
				if _, isRequest := msg.(*sip.Request); isRequest != (row.Kind == "request") {
					t.Fatalf("read as a %T, is a %s", msg, row.Kind)
				}
				again, err := sip.Parse(sip.Bytes(msg))
				if err != nil {
					t.Fatalf("not read again (%v) after being written:\n%s", err, sip.Bytes(msg))
				}
				if string(sip.Bytes(again)) != string(sip.Bytes(msg)) {
					t.Fatalf("written differently the second time:\n%s\n%s", sip.Bytes(msg), sip.Bytes(again))
				}
				return
			}
			var refusal *sip.SyntaxError
			if !errors.As(err, &refusal) {
				t.Fatalf("read as\n%v\nthough %s", msg, row.Note)
			}
			want := 0
			if status, ok := row.Edge.(float64); ok {
				want = int(status)
			}
			if refusal.Status != want {
				t.Errorf("is answered %d (%s), want %d", refusal.Status, refusal.Reason, want)
			}
			if want == 0 {
				return
			}
			answer := sip.NewResponse(refusal.Request, want, refusal.Reason)
			if len(answer.GetHeaders("Via")) == 0 {
				t.Errorf("the answer has no Via:\n%s", answer)
			}
			for _, name := range []string{"From", "To", "Call-ID", "CSeq"} {
				if len(answer.GetHeaders(name)) > 1 {
					t.Errorf("the answer has more than one %s:\n%s", name, answer)
				}
			}
		})
	}
}
