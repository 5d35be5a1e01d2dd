package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// fails runs in a folder that lacks something and tells what is in `out` then.
func fails(t *testing.T, words string) string {
	t.Helper()
	err := run("web", filepath.Join("out", "package"))
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want %q", err, words)
	}
	var found []string
	_ = filepath.WalkDir("out", func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			found = append(found, filepath.ToSlash(path))
		}
		return nil
	})
	return strings.Join(found, " ")
}

func TestWithoutTheNpmPackagesNothingIsMade(t *testing.T) {
	t.Chdir(t.TempDir())
	if left := fails(t, "npm ci"); left != "" {
		t.Errorf("it left %s", left)
	}
}

func TestAPackageThatCannotBeWholeLeavesTheOneBefore(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, tsc)
	write(t, filepath.Join("web", "dist", "webphone.js"))
	if left := fails(t, "go generate ./web"); left != "out" {
		t.Errorf("it left %s", left)
	}
	write(t, filepath.Join("out", "package", "before"))
	if left := fails(t, "go generate ./web"); left != "out out/package out/package/before" {
		t.Errorf("it left %s", left)
	}
}
