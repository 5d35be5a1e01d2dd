package phone

import (
	"strings"

	"webphone/internal/media/endpoint"
	"webphone/internal/sip"
)

// tricklePackage is the Info package of late candidates (RFC 8840).
const tricklePackage = "trickle-ice"

// candidate takes a candidate that was not in our description.
func (u *upkeep) candidate(candidate endpoint.Candidate) {
	u.candidates = append(u.candidates, candidate)
	u.trickle()
}

// trickle sends the candidates that wait, one INFO at a time.
func (u *upkeep) trickle() {
	c := u.call
	if u.telling || len(u.candidates) == 0 || c.phase != phaseActive || !c.session.supports(tricklePackage) {
		return
	}
	body := endpoint.FormatFragment(u.candidates...)
	u.candidates = nil
	u.telling = true
	c.session.send(sip.INFO, "application/trickle-ice-sdpfrag", body, func(*sip.Response, *failure) {
		u.telling = false
		u.trickle()
	}, sip.NewHeader("Info-Package", tricklePackage), sip.NewHeader("Content-Disposition", "Info-Package"))
}

// info takes an INFO that names a package (RFC 6086 §4.2.2).
func (u *upkeep) info(tx *sip.ServerTransaction) {
	c := u.call
	agent := c.line.agent
	if !strings.EqualFold(headerValue(tx.Request(), "Info-Package"), tricklePackage) {
		agent.respond(tx, 469, "", sip.NewHeader("Recv-Info", tricklePackage))
		return
	}
	current := c.peer
	if current == nil {
		agent.respond(tx, 400, "")
		return
	}
	body := string(tx.Request().Body())
	async(c.phone.loop, func() (struct{}, error) { return struct{}{}, current.AddCandidates(body) }, func(_ struct{}, err error) {
		status := 200
		if err != nil {
			status = 400
		}
		agent.respond(tx, status, "")
	})
}
