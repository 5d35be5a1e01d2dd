package endpoint

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"webphone/internal/media"
)

// TestHold is what RFC 3264 §8.4 and §6.1 say of each step.
func TestAHoldIsAgreedOnAndSilent(t *testing.T) {
	caller, callee := called(t, Config{})
	step := func(from, to *side, held bool, offered, answered string) {
		t.Helper()
		before := from.Held()
		offer := from.offer(OfferOptions{Held: held})
		if from.Held() != before {
			t.Error("a hold is in force before the other side has agreed")
		}
		answer := to.answer(offer)
		from.accept(answer, false)
		if directionIn(offer) != offered || directionIn(answer) != answered {
			t.Fatalf("offered %s, answered %s; want %s, %s", directionIn(offer), directionIn(answer), offered, answered)
		}
		if from.Held() != held || to.RemoteHeld() != held {
			t.Errorf("held %v and %v, want %v", from.Held(), to.RemoteHeld(), held)
		}
	}
	step(caller, callee, true, "sendonly", "recvonly")
	if callee.isHeardBy(caller, "in vain", few) {
		t.Error("who holds hears the other side")
	}
	if !caller.isHeardBy(callee, "music", many) {
		t.Error("who holds cannot play music")
	}
	step(callee, caller, true, "inactive", "inactive")
	if caller.isHeardBy(callee, "in vain too", few) || callee.isHeardBy(caller, "nor this", few) {
		t.Error("sound while both hold")
	}
	step(caller, callee, false, "sendrecv", "sendonly")
	step(callee, caller, false, "sendrecv", "sendrecv")
	talk(t, caller, callee, "after")
}

func TestAnOfferCanBeWithdrawn(t *testing.T) {
	caller, callee := called(t, Config{})
	caller.offer(OfferOptions{Held: true, Restart: true})
	if _, err := caller.Offer(t.Context(), OfferOptions{}); !errors.Is(err, ErrState) {
		t.Errorf("a second offer: got %v, want ErrState", err)
	}
	if _, err := caller.Answer(t.Context(), callee.offer(OfferOptions{})); !errors.Is(err, ErrState) {
		t.Errorf("an answer while we offer: got %v, want ErrState", err)
	}
	if err := caller.Rollback(); err != nil {
		t.Fatal(err)
	}
	if caller.Held() {
		t.Error("held by an offer that was withdrawn")
	}
	talk(t, caller, callee, "after the rollback")
	if err := callee.Rollback(); err != nil {
		t.Fatal(err)
	}
	callee.accept(caller.answer(callee.offer(OfferOptions{Restart: true})), false)
	talk(t, caller, callee, "after the other side's restart")
	if err := caller.Accept("", false); !errors.Is(err, ErrState) {
		t.Errorf("an answer to nothing: got %v, want ErrState", err)
	}
}

func TestAFirstOfferCanBeWithdrawnAndMadeAgain(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	caller.offer(OfferOptions{})
	if err := caller.Rollback(); err != nil {
		t.Fatal(err)
	}
	callee.accept(caller.answer(callee.offer(OfferOptions{})), false)
	talk(t, caller, callee, "the other way round")
}

func TestAnEarlyAnswerLetsMediaFlowAndMayBecomeFinal(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	caller.accept(callee.answer(caller.offer(OfferOptions{})), true)
	talk(t, caller, callee, "early")
	caller.accept("", false)
	talk(t, caller, callee, "final")
}

func TestAFinalAnswerMayBeOfAnotherThanTheEarlyOne(t *testing.T) {
	caller := newSide(t, newEndpoint(t, Config{}))
	first, second := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	offer := caller.offer(OfferOptions{})
	caller.accept(first.answer(offer), true)
	talk(t, caller, first, "early")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	caller.accept(second.answer(offer), false)
	talk(t, caller, second, "final")
	caller.accept(second.answer(caller.offer(OfferOptions{})), false)
	talk(t, caller, second, "again")
}

func TestAnEarlyAnswerIsForgottenWithItsOffer(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	caller.accept(callee.answer(caller.offer(OfferOptions{})), true)
	talk(t, caller, callee, "early")
	if err := caller.Rollback(); err != nil {
		t.Fatal(err)
	}
	if caller.Codec() != "" || caller.Path() == PathWell {
		t.Error("what a refused call has agreed on is still in force")
	}
}

func TestARestartOfICEMovesTheCallWithoutAGap(t *testing.T) {
	caller, callee := called(t, Config{})
	association := caller.association
	for _, pair := range [][2]*side{{caller, callee}, {callee, caller}} {
		from, to := pair[0], pair[1]
		before := from.path
		offer := from.offer(OfferOptions{Restart: true})
		talk(t, from, to, "while the restart is offered")
		answer := to.answer(offer)
		talk(t, from, to, "while the restart is answered")
		from.accept(answer, false)
		talk(t, from, to, "after the restart")
		if from.path == before || attribute(offer, "ice-ufrag") == before.ufrag {
			t.Error("the path is the one of before (RFC 8445 §9)")
		}
	}
	if caller.association != association {
		t.Error("a restart keeps the DTLS association (RFC 8842 §5.5)")
	}
}

func TestACallerThatStartsAnewWithOtherKeysIsHeardAgain(t *testing.T) {
	caller, callee := called(t, Config{})
	if err := caller.Close(); err != nil {
		t.Fatal(err)
	}
	reloaded := newSide(t, newEndpoint(t, Config{}))
	reloaded.accept(callee.answer(reloaded.offer(OfferOptions{})), false)
	talk(t, reloaded, callee, "after the reload")
}

func TestAnAnswerWithOtherKeysIsFollowed(t *testing.T) {
	caller, callee := called(t, Config{})
	reloaded := newSide(t, newEndpoint(t, Config{}))
	caller.accept(reloaded.answer(caller.offer(OfferOptions{})), false)
	talk(t, caller, reloaded, "moved")
	if callee.isHeardBy(caller, "left behind", few) {
		t.Error("the one of before is still heard")
	}
}

func TestEachDigitIsHeardOnceAndAudioGoesOn(t *testing.T) {
	caller, callee := called(t, Config{})
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				caller.says("audio")
			}
		}
	}()
	const pressed = "1#aa"
	for _, digit := range pressed {
		if err := caller.SendDigit(t.Context(), digit); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	<-done
	for i, want := range strings.ToUpper(pressed) {
		select {
		case got := <-callee.digits:
			if got != want {
				t.Errorf("digit %d is %c, want %c", i, got, want)
			}
		case <-time.After(patience):
			t.Fatalf("digit %d was not heard", i)
		}
	}
	if !caller.isHeardBy(callee, "after", many) {
		t.Error("no audio after the digits")
	}
	if len(callee.digits) > 0 {
		t.Error("a digit was heard twice")
	}
	if q, _ := callee.Quality(); q.PacketsLost != 0 {
		t.Errorf("%d packets seem lost: digits and audio share one sequence (RFC 4733 §2.6.1)", q.PacketsLost)
	}
}

func TestDigitsThatCannotBeSent(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	if err := caller.SendDigit(t.Context(), '1'); !errors.Is(err, ErrNoTelephoneEvent) {
		t.Errorf("before the call: got %v", err)
	}
	deaf := strings.ReplaceAll(callee.answer(caller.offer(OfferOptions{})), "telephone-event", "CN")
	caller.accept(deaf, false)
	if err := caller.SendDigit(t.Context(), '1'); !errors.Is(err, ErrNoTelephoneEvent) {
		t.Errorf("to a deaf one: got %v", err)
	}
	if err := caller.SendDigit(t.Context(), 'x'); !errors.Is(err, ErrDigit) {
		t.Errorf("x: got %v", err)
	}
}

func TestCandidatesMayComeAfterTheDescription(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	offer := caller.offer(OfferOptions{})
	var bare, late []string
	for line := range strings.Lines(offer) {
		if strings.HasPrefix(line, "a=candidate") {
			late = append(late, strings.TrimSpace(line)[2:])
		} else if !strings.HasPrefix(line, "a=end-of") {
			bare = append(bare, line)
		}
	}
	answer := callee.answer(strings.Join(bare, ""))
	// Without candidates of the caller and with none of the callee, there is no
	// path but by those that follow.
	bare = nil
	for line := range strings.Lines(answer) {
		if !strings.HasPrefix(line, "a=candidate") {
			bare = append(bare, line)
		}
	}
	caller.accept(strings.Join(bare, ""), false)
	var list []Candidate
	for _, line := range append(late, "") {
		list = append(list, Candidate{"0", attribute(offer, "ice-ufrag"), attribute(offer, "ice-pwd"), line})
	}
	if err := callee.AddCandidates(FormatFragment(list...)); err != nil {
		t.Fatal(err)
	}
	talk(t, caller, callee, "trickled")
	stale := strings.Replace(FormatFragment(list...), attribute(offer, "ice-ufrag"), "stale", 1)
	if err := callee.AddCandidates(stale); err != nil {
		t.Errorf("candidates of another generation are no error: %v", err)
	}
	if err := callee.AddCandidates(strings.Replace(FormatFragment(list...), "a=mid:0", "a=mid:9", 1)); !errors.Is(err, ErrFragment) {
		t.Errorf("an unknown section: got %v", err)
	}
	if err := callee.AddCandidates("hello"); !errors.Is(err, ErrFragment) {
		t.Errorf("nonsense: got %v", err)
	}
}

func TestTheEchoTestIsReached(t *testing.T) {
	engine, err := media.New(media.Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	caller := newSide(t, newEndpoint(t, Config{}))
	session, answer, err := engine.Echo(t.Context(), caller.offer(OfferOptions{}), nil)
	if err != nil {
		t.Fatal(err)
	}
	caller.accept(answer, false)
	if !caller.isHeardBy(caller, "echo", many) {
		t.Fatal("no echo")
	}
	if err := caller.SendDigit(t.Context(), '5'); err != nil {
		t.Fatal(err)
	}
	select {
	case digit := <-caller.digits:
		if digit != '5' {
			t.Errorf("5 comes back as %c", digit)
		}
	case <-time.After(patience):
		t.Error("a digit does not come back")
	}
	answer, err = session.Answer(t.Context(), caller.offer(OfferOptions{Restart: true}))
	if err != nil {
		t.Fatal(err)
	}
	caller.accept(answer, false)
	if !caller.isHeardBy(caller, "after the restart", many) {
		t.Error("no echo after a restart")
	}
}

func TestCallsToTheSamePortAreToldApart(t *testing.T) {
	engine, err := media.New(media.Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	e := newEndpoint(t, Config{})
	var callers []*side
	for range 10 {
		caller := newSide(t, e)
		_, answer, err := engine.Echo(t.Context(), caller.offer(OfferOptions{}), nil)
		if err != nil {
			t.Fatal(err)
		}
		caller.accept(answer, false)
		callers = append(callers, caller)
	}
	for _, caller := range callers {
		if !caller.isHeardBy(caller, "mine", many) {
			t.Fatal("a call of many has no echo")
		}
	}
}

func TestOtherRolesOfTheSameKeysChangeNothing(t *testing.T) {
	caller, callee := called(t, Config{})
	association := callee.association
	answer := caller.answer(callee.offer(OfferOptions{}))
	callee.accept(strings.Replace(answer, "a=setup:passive", "a=setup:active", 1), false)
	if callee.association != association {
		t.Error("a new association: Firefox answers so and keeps the one of before")
	}
	talk(t, caller, callee, "after")
}

func TestADigitWaitsForThePath(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	caller.accept(callee.answer(caller.offer(OfferOptions{})), false)
	if err := caller.SendDigit(t.Context(), '7'); err != nil {
		t.Fatal(err)
	}
	select {
	case digit := <-callee.digits:
		if digit != '7' {
			t.Errorf("heard %c", digit)
		}
	case <-time.After(patience):
		t.Error("a digit that was pressed right after the answer is lost")
	}
}

func TestADigitThatWaitsForThePathEndsWithItsContextAndItsPeer(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	offer := caller.offer(OfferOptions{})
	answer := callee.answer(offer)
	if err := callee.Close(); err != nil {
		t.Fatal(err)
	}
	caller.accept(answer, false)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := caller.SendDigit(ctx, '7'); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = caller.Close() })
	if err := caller.SendDigit(t.Context(), '7'); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
