// Package phone is a telephone for Go programs: SIP over WebSocket (RFC 7118)
// and WebRTC, without a screen. It registers at the servers that web phones use,
// makes and takes calls, and gives their sound as PCM frames or RTP packets.
//
//	p, err := phone.New(phone.Config{
//		Servers:  []string{"wss://phone.example.com/sip"},
//		Username: "1001",
//		Password: secret,
//	}, phone.Handlers{})
//	if err != nil {
//		return err
//	}
//	defer p.Close(context.Background())
//	call, err := p.MakeCall(ctx, "*43")
//	if err != nil {
//		return err
//	}
//	if err := call.WaitAnswered(ctx); err != nil {
//		return err
//	}
//	return call.Play(ctx, phone.Tone(440, -10, time.Second))
//
// Names, events, errors and the call detail record are those of the phone in the
// browser. So is what happens when something breaks: the loss of a connection
// ends no call that was answered; the phone connects again, to the next of its
// servers where there are several, registers, and tells the other side where it
// is by a re-INVITE; a lost media path is looked for anew by an ICE restart.
//
// All methods may be called from any goroutine. Handlers are called in order and
// one at a time, on a goroutine of their own, so that they may call methods of
// the phone and of calls and wait for them.
package phone
