// Command prompt answers each call, says a WAV file and hangs up.
//
//	PASSWORD=… go run ./phone/examples/prompt -server ws://localhost:8080/sip -username 1002 welcome.wav
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"os/signal"
	"time"

	"webphone/phone"
)

func main() {
	server := flag.String("server", "ws://localhost:8080/sip", "the server")
	username := flag.String("username", "1002", "the account; the environment variable PASSWORD has its password")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	config := phone.Config{Servers: []string{*server}, Username: *username, Password: os.Getenv("PASSWORD")}
	if err := run(ctx, config, flag.Arg(0)); err != nil {
		log.Fatal(err)
	}
}

// run answers calls until the context ends.
func run(ctx context.Context, config phone.Config, file string) error {
	p, err := phone.New(config, phone.Handlers{
		// Calls are served side by side, so none waits for another.
		OnRingingIn: func(call *phone.Call) { go say(ctx, call, file) },
		OnError:     func(err *phone.Error) { log.Print(err) },
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

func say(ctx context.Context, call *phone.Call, file string) {
	prompt, err := os.Open(file)
	if err != nil {
		log.Print(err)
		_ = call.Hangup(ctx)
		return
	}
	defer prompt.Close()
	sound, err := phone.NewWAVReader(prompt)
	if err == nil {
		err = call.Answer(ctx)
	}
	if err == nil {
		err = call.Play(ctx, sound)
	}
	// A caller who hangs up early is no fault.
	if err != nil && !errors.Is(err, phone.ErrUnsupported) && ctx.Err() == nil {
		log.Print(err)
	}
	_ = call.Hangup(ctx)
}
