// Command digits is a bot: it answers each call with a tone, reads digits until
// # is pressed, and says as many beeps as the number has it.
//
//	PASSWORD=… go run ./phone/examples/digits -server ws://localhost:8080/sip -username 1002
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"time"

	"webphone/phone"
)

// most bounds the beeps of one call.
const most = 20

func main() {
	server := flag.String("server", "ws://localhost:8080/sip", "the server")
	username := flag.String("username", "1002", "the account; the environment variable PASSWORD has its password")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	config := phone.Config{Servers: []string{*server}, Username: *username, Password: os.Getenv("PASSWORD")}
	if err := run(ctx, config); err != nil {
		log.Fatal(err)
	}
}

// bot serves the calls of a phone.
type bot struct {
	ctx context.Context

	mu    sync.Mutex
	calls map[*phone.Call]chan rune // digits of each
}

// run answers calls until the context ends.
func run(ctx context.Context, config phone.Config) error {
	b := &bot{ctx: ctx, calls: map[*phone.Call]chan rune{}}
	p, err := phone.New(config, phone.Handlers{
		OnRingingIn: func(call *phone.Call) {
			b.mu.Lock()
			defer b.mu.Unlock()
			digits := make(chan rune, 32)
			b.calls[call] = digits
			go b.serve(call, digits)
		},
		OnDigit: func(call *phone.Call, digit rune) {
			b.mu.Lock()
			defer b.mu.Unlock()
			select {
			case b.calls[call] <- digit:
			default: // Whoever presses faster than the bot reads has to press again.
			}
		},
		OnEnd: func(call *phone.Call, _ phone.CDR) {
			b.mu.Lock()
			defer b.mu.Unlock()
			delete(b.calls, call)
		},
		OnError: func(err *phone.Error) { log.Print(err) },
	})
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = p.Close(closing)
	}()
	if err := p.Register(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func (b *bot) serve(call *phone.Call, digits <-chan rune) {
	defer func() { _ = call.Hangup(b.ctx) }()
	if err := call.Answer(b.ctx); err != nil {
		log.Print(err)
		return
	}
	if err := call.Play(b.ctx, phone.Tone(600, -12, 400*time.Millisecond)); err != nil {
		return
	}
	number := ""
	for {
		select {
		case digit := <-digits:
			if digit != '#' {
				number += string(digit)
				continue
			}
		case <-call.Done():
			return
		case <-b.ctx.Done():
			return
		}
		break
	}
	beeps, err := strconv.Atoi(number)
	if err != nil || beeps > most {
		// A low tone says that this was no number for the bot.
		_ = call.Play(b.ctx, phone.Tone(200, -12, time.Second))
		return
	}
	for range beeps {
		if call.Play(b.ctx, phone.Tone(1200, -12, 200*time.Millisecond)) != nil {
			return
		}
		if call.Play(b.ctx, phone.Silence(200*time.Millisecond)) != nil {
			return
		}
	}
}
