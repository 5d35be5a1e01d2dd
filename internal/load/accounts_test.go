package load

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestAccountsAreReadFromLines(t *testing.T) {
	got, err := ReadAccounts(strings.NewReader("# ours\n1001,correct, horse\r\n\n1002,x\n"))
	if err != nil || len(got) != 2 || got[0] != (Account{"1001", "correct, horse"}) || got[1] != (Account{"1002", "x"}) {
		t.Errorf("%d accounts, %v", len(got), err)
	}
}

func TestALineThatIsNoAccountIsNamedByItsNumberAlone(t *testing.T) {
	for _, text := range []string{"1001,x\nsecret\n", "1001,x\n,secret\n", "1001,x\nsecret,\n", "1001,x\nsecret," + strings.Repeat("s", maxLine)} {
		_, err := ReadAccounts(strings.NewReader(text))
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

func TestThereAreNoMoreAccountsThanPhones(t *testing.T) {
	text := strings.Repeat("a,b\n", MaxPhones)
	if got, err := ReadAccounts(strings.NewReader(text)); err != nil || len(got) != MaxPhones {
		t.Errorf("%d, %v", len(got), err)
	}
	if _, err := ReadAccounts(strings.NewReader(text + "a,b\n")); !errors.Is(err, ErrConfig) {
		t.Errorf("%v", err)
	}
}

func TestAPatternMakesNames(t *testing.T) {
	for pattern, want := range map[string]string{
		"load%05d": "load00001 load00002", "%d": "1 2", "a%03d-b": "a001-b a002-b",
	} {
		got, err := MakeAccounts(pattern, "x", 2)
		if err != nil || got[0].Username+" "+got[1].Username != want {
			t.Errorf("%s: %v, %v", pattern, got, err)
		}
	}
	for _, pattern := range []string{"", "load", "%s", "%d%d", "%99999999d", "%", "%x", "%[2]d"} {
		if _, err := MakeAccounts(pattern, "x", 2); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	for _, n := range []int{-1, 0, MaxPhones + 1} {
		if _, err := MakeAccounts("%d", "x", n); !errors.Is(err, ErrConfig) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestAnAccountShowsNoPassword(t *testing.T) {
	var log strings.Builder
	a := Account{"1001", "secret"}
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "account", a)
	if text := log.String() + fmt.Sprint(a) + fmt.Sprintf("%v %+v %s", a, []Account{a}, a); strings.Contains(text, "secret") {
		t.Error(text)
	}
}
