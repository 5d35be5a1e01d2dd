package endpoint

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"
)

// relay runs a TURN server (RFC 8656) on the loopback interface, and gives the
// settings for it.
func relay(t *testing.T, password string) (*turn.Server, Config) {
	t.Helper()
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "example.com",
		AuthHandler: func(ra *turn.RequestAttributes) (string, []byte, bool) {
			return ra.Username, turn.GenerateAuthKey("alice", ra.Realm, "secret"), ra.Username == "alice"
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            socket,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, Config{ICEServers: []webrtc.ICEServer{{
		URLs: []string{"turn:" + socket.LocalAddr().String() + "?transport=udp"}, Username: "alice", Credential: password,
	}}}
}

// relayed is a description with none but its relayed candidates.
func relayed(sdp string) string {
	var kept []string
	for line := range strings.Lines(sdp) {
		if !strings.HasPrefix(line, "a=candidate:") || strings.Contains(line, " typ relay") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// trickles hands the relayed candidates that one finds late to the other.
func trickles(t *testing.T, one, other *side) {
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		for {
			select {
			case c := <-one.candidates:
				if strings.Contains(c.Line, " typ relay") {
					_ = other.AddCandidates(FormatFragment(c))
				}
			case <-stop:
				return
			}
		}
	}()
}

func TestACallWhoseOnlyWayIsARelay(t *testing.T) {
	server, config := relay(t, "secret")
	caller, callee := newSide(t, newEndpoint(t, config)), newSide(t, newEndpoint(t, config))
	offer := caller.offer(OfferOptions{})
	answer := callee.answer(relayed(offer))
	caller.accept(relayed(answer), false)
	trickles(t, caller, callee)
	trickles(t, callee, caller)
	caller.await(PathWell)
	callee.await(PathWell)
	talk(t, caller, callee, "relayed")
	if n := server.AllocationCount(); n < 2 {
		t.Errorf("%d allocations at the relay", n)
	}
	for _, side := range []*side{caller, callee} {
		pair, err := side.path.agent.GetSelectedCandidatePair()
		if err != nil || !strings.Contains(pair.String(), "relay") {
			t.Errorf("the pair is %v, %v", pair, err)
		}
	}
	if err := caller.SendDigit(t.Context(), '4'); err != nil {
		t.Error(err)
	}
	if digit := <-callee.digits; digit != '4' {
		t.Errorf("heard %c", digit)
	}
}

func TestARelayThatRefusesThePasswordIsNoWayAndNoHindrance(t *testing.T) {
	server, config := relay(t, "wrong")
	caller, callee := newSide(t, newEndpoint(t, config)), newSide(t, newEndpoint(t, Config{}))
	caller.accept(callee.answer(caller.offer(OfferOptions{})), false)
	talk(t, caller, callee, "direct")
	if n := server.AllocationCount(); n != 0 {
		t.Errorf("%d allocations at the relay", n)
	}
}

func TestRelaysAreGivenBackWithTheCall(t *testing.T) {
	server, config := relay(t, "secret")
	peer := newSide(t, newEndpoint(t, config))
	peer.offer(OfferOptions{})
	waitFor(t, "no allocation was made", func() bool { return server.AllocationCount() > 0 })
	if err := peer.Close(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the allocation is kept after the call", func() bool { return server.AllocationCount() == 0 })
}

// waitFor waits until something is so.
func waitFor(t *testing.T, otherwise string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(otherwise)
		}
	}
}
