package store

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestAPasswordThatChangesMeanwhileBeginsNoSession(t *testing.T) {
	s := open(t, t.TempDir())
	now := time.Now()
	if _, err := s.Administrator(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v, want ErrNotFound", err)
	}
	if err := s.AddSession(t.Context(), []byte("a"), nil, now); !errors.Is(err, ErrNotFound) {
		t.Fatalf("without a password: %v", err)
	}
	if added, err := s.AddFirstAdministrator(t.Context(), []byte("first")); err != nil || !added {
		t.Fatal(added, err)
	}
	if added, err := s.AddFirstAdministrator(t.Context(), []byte("second")); err != nil || added {
		t.Fatal("the second start set another password", err)
	}
	if err := s.SetAdministrator(t.Context(), []byte("third"), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.AddSession(t.Context(), []byte("a"), []byte("first"), now); !errors.Is(err, ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	if known, err := s.UseSession(t.Context(), []byte("a"), now, time.Hour); err != nil || known {
		t.Fatal(known, err)
	}
}

func TestTheSessionThatWasIdleLongestMakesRoom(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.SetAdministrator(t.Context(), []byte("hash"), nil); err != nil {
		t.Fatal(err)
	}
	start := time.Unix(1_000_000, 0)
	session := func(i int) []byte { return fmt.Append(nil, i) }
	for i := range maxSessions {
		if err := s.AddSession(t.Context(), session(i), []byte("hash"), start.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	later := start.Add(3 * time.Hour)
	if known, err := s.UseSession(t.Context(), session(0), later, 12*time.Hour); err != nil || !known {
		t.Fatal(known, err)
	}
	if err := s.AddSession(t.Context(), session(maxSessions), []byte("hash"), later); err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]bool{0: true, 1: false, 2: true, maxSessions: true} {
		if known, err := s.UseSession(t.Context(), session(i), later, 12*time.Hour); err != nil || known != want {
			t.Errorf("session %d: %v, want %v (%v)", i, known, want, err)
		}
	}
}
