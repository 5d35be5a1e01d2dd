package edge

import (
	"testing"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

// Requests within a dialog for a phone that is away.

// established is a confirmed call whose callee's connection has ended.
func established(h *harness) (caller *client, sent message, ok *sip.Response) {
	caller, callee := pair(h.t, h)
	sent, invite := caller.call(callee)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	ok = caller.response(200)
	caller.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	h.leave(callee)
	return caller, sent, ok
}

func TestARequestWithinADialogWaitsForItsPhone(t *testing.T) {
	for _, method := range []string{"INVITE", "BYE", "INFO", "REFER", "UPDATE"} {
		t.Run(method, func(t *testing.T) {
			h := newHarness(t)
			caller, sent, ok := established(h)
			caller.send(inDialog(method, sent, ok))
			caller.silent()
			callee := h.back("1002", otherInstance)
			req := callee.request(sip.Method(method))
			if got, want := req.Recipient.String(), ok.Contact().Address.String(); got != want {
				t.Errorf("the Request-URI is %s, want what the caller wrote, %s", got, want)
			}
			callee.reply(req, 200, "Contact: "+callee.contact())
			caller.response(200)
		})
	}
}

func TestARequestThatWasOnItsWayWhenItsPhoneLeftGoesOutAgain(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	sent, invite := caller.call(callee)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	ok := caller.response(200)
	caller.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	caller.send(inDialog("BYE", sent, ok))
	callee.request(sip.BYE)
	h.leave(callee)
	callee = h.back("1002", otherInstance)
	callee.reply(callee.request(sip.BYE), 200)
	caller.response(200)
}

func TestARequestWithinADialogIsRefusedWhenItsPhoneStaysAway(t *testing.T) {
	clock := siptest.NewClock()
	h := newHarness(t, withClock(clock))
	caller, sent, ok := established(h)
	caller.send(inDialog("BYE", sent, ok))
	caller.silent()
	clock.Advance(dialogAway - 1)
	caller.silent()
	clock.Advance(1)
	caller.response(480)
	if n := h.edge.returns.total; n != 0 {
		t.Errorf("%d waits are left", n)
	}
}

func TestAnInviteThatWaitsForItsPhoneCanBeCancelled(t *testing.T) {
	h := newHarness(t)
	caller, sent, ok := established(h)
	reinvite := caller.send(inDialog("INVITE", sent, ok))
	caller.silent()
	caller.send(cancelOf(reinvite))
	caller.response(200)
	caller.response(487)
	h.back("1002", otherInstance).silent()
}

func TestWaitsForOnePhoneAreBounded(t *testing.T) {
	h := newHarness(t)
	caller, sent, ok := established(h)
	for range maxWaitingPerPhone {
		caller.send(inDialog("INFO", sent, ok))
	}
	caller.silent()
	caller.send(inDialog("INFO", sent, ok))
	caller.response(480)
	caller.silent()
	callee := h.back("1002", otherInstance)
	for range maxWaitingPerPhone {
		callee.reply(callee.request(sip.INFO), 200)
		caller.response(200)
	}
	if len(h.edge.returns.waiting) != 0 {
		t.Errorf("still counted: %v", h.edge.returns.waiting)
	}
}

func TestAllWaitsTogetherAreBounded(t *testing.T) {
	h := newHarness(t)
	caller, sent, ok := established(h)
	h.edge.returns.mu.Lock()
	h.edge.returns.total = maxWaiting
	h.edge.returns.mu.Unlock()
	caller.send(inDialog("INFO", sent, ok))
	caller.response(480)
}

func TestARequestWithinADialogFollowsThePhoneToItsNewestConnection(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	sent, invite := caller.call(callee)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	ok := caller.response(200)
	caller.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	// The old connection is open still, as far as the edge can see.
	again := h.back("1002", otherInstance)
	caller.send(inDialog("BYE", sent, ok))
	again.reply(again.request(sip.BYE), 200)
	caller.response(200)
}
