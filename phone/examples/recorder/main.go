// Command recorder answers each call and writes what the caller says to a WAV
// file, a minute at most.
//
//	PASSWORD=… go run ./phone/examples/recorder -server ws://localhost:8080/sip -username 1002 folder
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"webphone/phone"
)

// longest is how long a message may be.
const longest = time.Minute

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
func run(ctx context.Context, config phone.Config, folder string) error {
	p, err := phone.New(config, phone.Handlers{
		OnRingingIn: func(call *phone.Call) {
			go func() {
				if err := record(ctx, call, filepath.Join(folder, call.ID+".wav")); err != nil {
					log.Print(err)
				}
			}()
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

// record writes a message into a file that has its name when it is complete.
func record(ctx context.Context, call *phone.Call, name string) (err error) {
	defer func() { err = errors.Join(err, call.Hangup(ctx)) }()
	file, err := os.OpenFile(name+".part", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err == nil {
			err = os.Rename(name+".part", name)
		}
	}()
	message, err := phone.NewWAVWriter(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, message.Close()) }()
	if err := call.Answer(ctx); err != nil {
		return err
	}
	if err := call.Play(ctx, phone.Tone(1000, -12, 500*time.Millisecond)); err != nil {
		return err
	}
	stop := call.Record(message)
	defer stop()
	select {
	case <-call.Done():
	case <-time.After(longest):
	case <-ctx.Done():
	}
	return nil
}
