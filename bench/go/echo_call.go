package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"webphone/bench/edge/servers"
	"webphone/internal/load"
	"webphone/internal/media/endpoint"
	"webphone/internal/sip"
)

// echoCall is a call to the echo test.
type echoCall struct {
	conn   sip.ClientConn
	layer  *sip.Layer
	auth   *sip.Authenticator
	peer   *endpoint.Peer
	dialog *sip.Dialog

	mu     sync.Mutex
	delays []float64
}

const answerTime = 10 * time.Second

// dialEcho calls *43 and waits until media flow.
func dialEcho(ctx context.Context, url string, account load.Account, media *endpoint.Endpoint) (c *echoCall, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	c = &echoCall{auth: sip.NewAuthenticator(func() (string, string) { return account.Username, account.Password })}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	log := slog.New(slog.DiscardHandler)
	if c.layer, err = sip.NewLayer(sip.LayerConfig{OnRequest: func(*sip.ServerTransaction, sip.Conn, *sip.Request) {}, Log: log}); err != nil {
		return c, err
	}
	dialer, err := sip.NewDialer(sip.DialConfig{OnMessage: c.layer.Receive, OnClose: c.layer.ConnClosed, Log: log})
	if err != nil {
		return c, err
	}
	if c.conn, err = dialer.Dial(ctx, url); err != nil {
		return c, err
	}
	well := make(chan struct{})
	var once sync.Once
	c.peer, err = media.NewPeer(endpoint.Handler{OnRTP: c.hear, OnPath: func(p endpoint.Path) {
		if p == endpoint.PathWell {
			once.Do(func() { close(well) })
		}
	}})
	if err != nil {
		return c, err
	}
	offer, err := c.peer.Offer(ctx, endpoint.OfferOptions{})
	if err != nil {
		return c, err
	}
	invite, answer, err := c.invite(ctx, account.Username, offer)
	if err != nil {
		return c, err
	}
	c.dialog = sip.NewCallerDialog(answer)
	if c.dialog == nil {
		return c, errors.New("the answer makes no dialog")
	}
	ack := c.dialog.ACK(invite)
	ack.PrependHeader(sip.NewVia(c.conn.Transport(), host))
	if err := c.conn.Send(ack); err != nil {
		return c, err
	}
	if err := c.peer.Accept(string(answer.Body()), false); err != nil {
		return c, err
	}
	select {
	case <-well:
		return c, nil
	case <-ctx.Done():
		return c, fmt.Errorf("no path for media: %w", ctx.Err())
	}
}

// host stands in Via and Contact, and is none that can be reached (RFC 7118 §5).
const host = "bench.invalid"

// invite sends the INVITE, and again with credentials, and returns it with its 200.
func (c *echoCall) invite(ctx context.Context, user, offer string) (*sip.Request, *sip.Response, error) {
	callID, tag := sip.CallIDHeader(sip.NewTag()), sip.NewTag()
	for number := uint32(1); ; number++ {
		target := sip.URI{Scheme: "sip", User: "*43", Host: servers.Realm}
		req := sip.NewRequest(sip.INVITE, target)
		req.AppendHeader(sip.NewVia(c.conn.Transport(), host))
		from := &sip.FromHeader{Address: sip.URI{Scheme: "sip", User: user, Host: servers.Realm}}
		from.Params.Add("tag", tag)
		hops, kind, id := sip.MaxForwardsHeader(70), sip.ContentTypeHeader("application/sdp"), callID
		for _, h := range []sip.Header{
			from, &sip.ToHeader{Address: target}, &id, &sip.CSeqHeader{SeqNo: number, MethodName: sip.INVITE}, &hops,
			&sip.ContactHeader{Address: sip.URI{Scheme: "sip", User: user, Host: host}}, &kind,
		} {
			req.AppendHeader(h)
		}
		req.SetBody([]byte(offer))
		c.auth.Authorize(req)
		res, err := c.ask(ctx, req)
		switch {
		case err != nil:
			return nil, nil, err
		case res.StatusCode == 200:
			return req, res, nil
		case number > 1 || res.StatusCode != 407 || !c.auth.Challenged(req, res):
			return nil, nil, fmt.Errorf("the echo test answered %d", res.StatusCode)
		}
	}
}

// ask sends a request and waits for its final response.
func (c *echoCall) ask(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	final := make(chan *sip.Response, 1)
	lost := make(chan error, 1)
	_, err := c.layer.Request(c.conn, req, sip.ClientHandler{
		OnResponse: func(res *sip.Response) {
			if res.StatusCode >= 200 {
				select {
				case final <- res:
				default:
				}
			}
		},
		OnTransportError: func(err error) { lost <- err },
	})
	if err != nil {
		return nil, err
	}
	select {
	case res := <-final:
		return res, nil
	case err := <-lost:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close hangs up and ends the connection.
func (c *echoCall) close() {
	if c.dialog != nil {
		ctx, cancel := context.WithTimeout(context.Background(), answerTime)
		defer cancel()
		bye := c.dialog.Request(sip.BYE)
		bye.PrependHeader(sip.NewVia(c.conn.Transport(), host))
		c.auth.Authorize(bye)
		_, _ = c.ask(ctx, bye) // The server's process ends with the measurement.
	}
	if c.peer != nil {
		_ = c.peer.Close()
	}
	if c.conn != nil {
		c.conn.Close("")
		<-c.conn.Done()
	}
	if c.layer != nil {
		c.layer.Close()
	}
}
