package phone

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"webphone/internal/sip"
)

const (
	// shortestSession is the shortest interval that is taken (RFC 4028 §4), and
	// longestSession the longest that is reckoned with.
	shortestSession = 90 * time.Second
	longestSession  = 24 * time.Hour
	// longestMinimum is the longest Min-SE that is met, maxMinimums how often.
	longestMinimum = 2 * time.Hour
	maxMinimums    = 3
	// refreshAgain is the wait after a refresh that was not answered.
	refreshAgain = 10 * time.Second
)

var sessionExpires = regexp.MustCompile(`(?is)^(\d{1,10})\s*(;.*)?$`)
var refresherParam = regexp.MustCompile(`(?i);\s*refresher\s*=\s*"?(ua[cs])`)

// askedExpiry is what a Session-Expires field says; ok is false without one.
func askedExpiry(msg sip.Message) (interval time.Duration, refresher string, ok bool) {
	m := sessionExpires.FindStringSubmatch(headerValue(msg, "Session-Expires"))
	if m == nil {
		return 0, "", false
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	if r := refresherParam.FindStringSubmatch(m[2]); r != nil {
		refresher = strings.ToLower(r[1])
	}
	return min(time.Duration(n)*time.Second, longestSession), refresher, true
}

func knowsTimers(req *sip.Request) bool {
	for _, option := range sip.Tokens(req, "Supported") {
		if strings.EqualFold(option, "timer") {
			return true
		}
	}
	return false
}

// sessionTimer is the timer of a session (RFC 4028), in both roles. The phone
// asks for none, and serves those that the other side or a proxy asks for.
//
//	off ──Session-Expires in a 2xx──► on ──a 2xx without it──► off
//
// While on, whoever is the refresher refreshes at half time; when the other side
// is and does not, the session ends shortly before it expires (§10).
type sessionTimer struct {
	session  *session
	interval time.Duration
	ours     bool
	minimum  time.Duration
	attempts int
	over     bool
	timer    *alarm
	// flow is the connection that was there when the other side could last refresh.
	flow int
}

// tooShort refuses a session that would expire too soon, where its sender knows
// what to make of that (§9).
func (t *sessionTimer) tooShort(tx *sip.ServerTransaction) bool {
	return refusesExpiry(t.session.agent, tx)
}

func refusesExpiry(a *agent, tx *sip.ServerTransaction) bool {
	req := tx.Request()
	interval, _, ok := askedExpiry(req)
	if !ok || interval >= shortestSession || !knowsTimers(req) {
		return false
	}
	a.respond(tx, 422, "", sip.NewHeader("Min-SE", seconds(shortestSession)))
	return true
}

// headers are those of a request of ours (§7.1, §7.4), or of our 2xx to req (§9).
func (t *sessionTimer) headers(req *sip.Request) (headers []sip.Header) {
	if req != nil {
		return t.answer(req)
	}
	switch {
	case t.interval > 0 && t.ours:
		headers = append(headers, sip.NewHeader("Session-Expires", seconds(t.interval)+";refresher=uac"))
	case t.interval > 0:
		headers = append(headers, sip.NewHeader("Session-Expires", seconds(t.interval)+";refresher=uas"))
	case t.minimum > 0:
		headers = append(headers, sip.NewHeader("Session-Expires", seconds(t.minimum)))
	}
	if t.minimum > 0 {
		headers = append(headers, sip.NewHeader("Min-SE", seconds(t.minimum)))
	}
	return headers
}

// agreed takes a 2xx to an INVITE or UPDATE of ours (§7.2).
func (t *sessionTimer) agreed(res *sip.Response) {
	interval, refresher, _ := askedExpiry(res)
	t.start(interval, refresher != "uas")
}

// longer is true when after a 422 another attempt is worth it (§7.3).
func (t *sessionTimer) longer(res *sip.Response) bool {
	minimum := duration(res, "Min-SE")
	t.attempts++
	if minimum <= t.minimum || minimum > longestMinimum || t.attempts > maxMinimums {
		return false
	}
	t.minimum = minimum
	return true
}

func (t *sessionTimer) end() {
	t.over = true
	t.off()
}

func (t *sessionTimer) off() {
	t.timer.stop()
	t.interval, t.ours = 0, false
}

// answer starts anew after a refresh by the other side that is answered with 2xx
// (§9).
func (t *sessionTimer) answer(req *sip.Request) []sip.Header {
	interval, refresher, _ := askedExpiry(req)
	known := knowsTimers(req)
	ours := refresher == "uas" || refresher == "" && !known
	t.start(interval, ours)
	if interval == 0 {
		return nil
	}
	if ours {
		return []sip.Header{sip.NewHeader("Session-Expires", seconds(interval)+";refresher=uas")}
	}
	headers := []sip.Header{sip.NewHeader("Session-Expires", seconds(interval)+";refresher=uac")}
	if known {
		headers = append(headers, sip.NewHeader("Require", "timer"))
	}
	return headers
}

func (t *sessionTimer) start(interval time.Duration, ours bool) {
	t.off()
	if interval == 0 || t.over {
		return
	}
	t.interval, t.ours = interval, ours
	if ours {
		t.timer = t.session.agent.after(interval/2, t.refresh)
		return
	}
	t.flow = t.session.agent.flow
	t.timer = t.session.agent.after(interval-min(32*time.Second, interval/3), t.expire)
}

// expire ends the session. Without a connection, and for a while with a new one,
// the other side is not to blame.
func (t *sessionTimer) expire() {
	a := t.session.agent
	if t.flow == a.flow {
		t.session.hangUp(byNetwork, 0)
		return
	}
	if a.conn.server() != "" {
		t.flow = a.flow
	}
	t.timer = a.after(patience, t.expire)
}

// refresh refreshes by UPDATE, or by a re-INVITE where the other side does not
// take that (§7.4). Unless it succeeds, which starts anew, it is tried again.
func (t *sessionTimer) refresh() {
	s := t.session
	t.timer = s.agent.after(refreshAgain, t.refresh)
	if !s.allows(sip.UPDATE) {
		s.user.refresh()
		return
	}
	headers := append([]sip.Header{s.contact(), sip.NewHeader("Supported", "timer")}, t.headers(nil)...)
	s.send(sip.UPDATE, "", "", func(res *sip.Response, f *failure) {
		if f == nil {
			s.dialog.Refresh(res)
			t.agreed(res)
		}
	}, headers...)
}
