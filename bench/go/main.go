// Command go measures what this project's Go does: the parser of internal/sip
// against sipgo's, and the echo test of the real binary. It writes
// bench/results/parsers-go.json and echo.json.
//
//	go run ./bench/go
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	folder := flag.String("out", "bench/results", "Folder of the results.")
	only := flag.String("only", "", "One part alone: parsers or echo.")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	for _, part := range []struct {
		name, file string
		do         func(context.Context, string) error
	}{{"parsers", "parsers-go.json", parsers}, {"echo", "echo.json", echo}} {
		if *only != "" && *only != part.name {
			continue
		}
		if err := part.do(ctx, filepath.Join(*folder, part.file)); err != nil {
			fmt.Fprintln(os.Stderr, "go:", err)
			os.Exit(1)
		}
	}
}
