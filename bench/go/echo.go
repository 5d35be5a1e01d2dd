package main

import "context"

func echo(ctx context.Context, file string) error { return nil }
