// Command report makes docs/performance.md, and its charts in docs/images, from
// what the measurements have left in bench/results:
//
//	go run ./bench/report        (or: make bench, which measures first)
//
// It writes nothing when a file of results is not what it should be.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// run reads the results below the repository's root and writes the report.
func run(root string) error {
	measurements, err := readAll(filepath.Join(root, "bench", "results"))
	if err != nil {
		return err
	}
	images := filepath.Join(root, "docs", "images")
	if err := os.MkdirAll(images, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(images, "performance-*.svg"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	for _, m := range measurements {
		for _, figure := range m.Figures {
			file := filepath.Join(images, imageName(m, figure))
			if err := os.WriteFile(file, []byte(chart(figure)), 0o644); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(root, "docs", "performance.md"), []byte(page(measurements)), 0o644)
}

// imageName is the name of a figure's chart, of letters, digits and hyphens.
func imageName(m Measurement, figure Figure) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(m.Name+"-"+figure.ID))
	return "performance-" + name + ".svg"
}
