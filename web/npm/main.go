// Command npm gathers the npm package in test/out/package: what web/dist has of
// the component, the types and the React component of this folder, and what is
// made from custom-elements.json for editors and frameworks.
//
//	go run ./web/npm             (or: npm run package)
//
// What is missing ends it with a message, and leaves no half-made package. It wants the npm packages of package-lock.json in node_modules (npm ci).
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

func main() {
	if err := run("web", filepath.Join("test", "out", "package")); err != nil {
		fmt.Fprintln(os.Stderr, "npm:", err)
		os.Exit(1)
	}
}

// built are the files of web/dist that go into the package: the modules that a
// page loads first, what they load on demand, and what describes them.
var built = []string{
	"webphone.js", "phone.js", "phone-*.js", "webphone.d.ts", "custom-elements.json", "themes/*.css",
}

// handWritten are the files of this folder that go into the package as they are.
var handWritten = []string{
	"package.json", "README.md",
	"markup.d.ts", "preact.d.ts", "react-types.d.ts", "solid.d.ts", "svelte.d.ts", "vue.d.ts",
}

// source is what tsc makes JavaScript and types of, together with members.ts.
const source = "react.ts"

// tsc is TypeScript's compiler.
var tsc = filepath.Join("node_modules", "typescript", "bin", "tsc")

// run gathers the package beside its place and moves it there when it is
// whole: what is missing leaves the package of before, or none.
func run(web, out string) error {
	if _, err := os.Stat(tsc); err != nil {
		return fmt.Errorf("there is no %s: run `npm ci`, and this in the repository's root", tsc)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(out), filepath.Base(out)+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	if err := os.Chmod(made, 0o755); err != nil {
		return err
	}
	if err := gather(web, made); err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	return os.Rename(made, out)
}

func gather(web, out string) error {
	dist, here := filepath.Join(web, "dist"), filepath.Join(web, "npm")
	for _, pattern := range built {
		paths, err := filepath.Glob(filepath.Join(dist, pattern))
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			return fmt.Errorf("there is no %s: run `go generate ./web`, and this in the repository's root", filepath.Join(dist, pattern))
		}
		for _, path := range paths {
			name, err := filepath.Rel(dist, path)
			if err != nil {
				return err
			}
			if err := copyFile(path, filepath.Join(out, name)); err != nil {
				return err
			}
		}
	}
	for _, name := range append(slices.Clone(handWritten), source) {
		if err := copyFile(filepath.Join(here, name), filepath.Join(out, name)); err != nil {
			return err
		}
	}
	element, err := readElement(filepath.Join(dist, "custom-elements.json"))
	if err != nil {
		return err
	}
	engine, err := engineTypes(filepath.Join(dist, "webphone.d.ts"))
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"phone.d.ts":                   engine,
		"vscode.html-custom-data.json": element.editorData(),
		"attributes.d.ts":              element.attributeTypes(),
		"members.ts":                   element.members(),
	} {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return err
		}
	}
	return compile(out, source, "members.ts")
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// compile makes JavaScript and types of TypeScript files and removes these.
func compile(out string, files ...string) error {
	compiler, err := filepath.Abs(tsc)
	if err != nil {
		return err
	}
	compile := exec.Command("node", append([]string{
		compiler, "--ignoreConfig", "--declaration", "--strict", "--skipLibCheck", "--newLine", "lf", "--types", "",
		"--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable",
	}, files...)...)
	compile.Dir, compile.Stdout, compile.Stderr = out, os.Stderr, os.Stderr
	if err := compile.Run(); err != nil {
		return fmt.Errorf("tsc: %w", err)
	}
	for _, name := range files {
		if err := os.Remove(filepath.Join(out, name)); err != nil {
			return err
		}
	}
	return nil
}
