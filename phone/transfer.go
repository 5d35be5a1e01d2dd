package phone

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"webphone/internal/sip"
)

// transferLimit is how long the other side may take to reach the target.
const transferLimit = 3 * time.Minute

// transfer sends the other side to an address, or joins it with the other side
// of another call (RFC 3515, RFC 5589).
func (c *Call) transfer(address string, other *Call, done func(error)) {
	switch {
	case c.phase != phaseActive || other == c || other != nil && (other.phase != phaseActive || other.phone != c.phone):
		done(notUp())
		return
	case c.upkeep.referring != nil:
		done(fault(ErrBusy, "A transfer of this call is under way. Wait for it."))
		return
	}
	target := sip.URI{}
	if other != nil {
		target = *other.uri.Clone()
		target.Headers = sip.HeaderParams{{K: "Replaces", V: url.QueryEscape(replacesOf(other.session.dialog))}}
	} else {
		uri, err := toURI(address, c.line.realm)
		if err != nil {
			done(err)
			return
		}
		target = uri
	}
	limit := c.phone.loop.after(transferLimit, func() { c.upkeep.referring(408) })
	c.upkeep.referring = func(status int) {
		c.upkeep.referring = nil
		limit.stop()
		if status >= 300 {
			done(statusError(status, nil))
			return
		}
		c.whenOver(func() { done(nil) })
		c.hangUp(byLocal)
	}
	c.session.send(sip.REFER, "", "", func(_ *sip.Response, f *failure) {
		if f != nil && c.upkeep.referring != nil {
			c.upkeep.referring = nil
			limit.stop()
			done(errorOf(f))
		}
	}, sip.NewHeader("Refer-To", "<"+target.String()+">"), sip.NewHeader("Referred-By", "<"+c.line.address()+">"))
}

// replacesOf is the value by which a third party takes a dialog over (RFC 3891 §3).
func replacesOf(d *sip.Dialog) string {
	return fmt.Sprintf("%s;to-tag=%s;from-tag=%s", d.CallID.Value(), d.RemoteTag(), d.Local.Params.GetOr("tag", ""))
}

// replaced is the call that is up and that an INVITE with this Replaces takes over.
func (p *Phone) replaced(replaces string) *Call {
	id, rest, _ := strings.Cut(replaces, ";")
	tags := map[string]string{}
	for param := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		tags[strings.ToLower(name)] = value
	}
	for _, c := range p.calls {
		if c.phase != phaseActive || c.session.dialog == nil {
			continue
		}
		d := c.session.dialog
		if d.CallID.Value() == strings.TrimSpace(id) && d.Local.Params.GetOr("tag", "") == tags["to-tag"] && d.RemoteTag() == tags["from-tag"] {
			return c
		}
	}
	return nil
}

var outcomeForm = regexp.MustCompile(`^SIP/2\.0 ([2-6]\d\d)`)

// notified takes what the other side says of a transfer (RFC 3515 §2.4.4).
func (u *upkeep) notified(req *sip.Request) {
	if u.referring == nil {
		return
	}
	if m := outcomeForm.FindStringSubmatch(string(req.Body())); m != nil {
		status, _ := strconv.Atoi(m[1])
		u.referring(status)
	} else if strings.HasPrefix(strings.ToLower(headerValue(req, "Subscription-State")), "terminated") {
		u.referring(487)
	}
}

// referred goes where the other side sends us, and takes this call again when
// that comes to nothing.
func (u *upkeep) referred(tx *sip.ServerTransaction) {
	c := u.call
	agent := c.line.agent
	address, headers, ok := readRefer(tx.Request())
	if !ok || c.phase != phaseActive {
		agent.respond(tx, 603, "")
		return
	}
	agent.respond(tx, 202, "")
	u.notify(100, "Trying")
	held := c.held()
	told := false
	tell := func(status int) {
		if told {
			return
		}
		told = true
		reason := "OK"
		if status >= 300 {
			reason = "Failed"
			if !held && c.held() {
				c.unhold(func(error) {})
			}
		}
		u.notify(status, reason)
	}
	c.phone.dial(c.phone.ctx, address, headers, func(made *Call) { made.settled = append(made.settled, tell) }, func(err error) {
		if err != nil {
			tell(603)
		}
	})
}

// readRefer reads what a REFER asks for; ok is false when it is nothing a phone
// can dial.
func readRefer(req *sip.Request) (address string, headers []sip.Header, ok bool) {
	list := req.GetHeaders("Refer-To")
	if len(list) != 1 {
		return "", nil, false
	}
	text := strings.TrimSpace(list[0].Value())
	if _, after, found := strings.Cut(text, "<"); found {
		text, _, found = strings.Cut(after, ">")
		if !found {
			return "", nil, false
		}
	} else {
		text, _, _ = strings.Cut(text, ";")
	}
	address, query, _ := strings.Cut(text, "?")
	scheme, _, _ := strings.Cut(strings.ToLower(address), ":")
	if scheme != "sip" && scheme != "sips" && scheme != "tel" {
		return "", nil, false
	}
	for field := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(field, "=")
		replaces, err := url.PathUnescape(value)
		if strings.EqualFold(name, "Replaces") && err == nil && replaces != "" && len(replaces) <= 512 && !strings.ContainsFunc(replaces, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			headers = append(headers, sip.NewHeader("Replaces", replaces))
		}
	}
	if by := headerValue(req, "Referred-By"); by != "" {
		headers = append(headers, sip.NewHeader("Referred-By", by))
	}
	return address, headers, true
}

// notify tells the referrer how it went (RFC 3515 §2.4.5).
func (u *upkeep) notify(status int, reason string) {
	state := "terminated;reason=noresource"
	if status < 200 {
		state = "active;expires=180"
	}
	u.call.session.send(sip.NOTIFY, "message/sipfrag", fmt.Sprintf("SIP/2.0 %d %s\r\n", status, reason), func(*sip.Response, *failure) {},
		sip.NewHeader("Event", "refer"), sip.NewHeader("Subscription-State", state))
}
