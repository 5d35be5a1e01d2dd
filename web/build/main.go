// Command build bundles web/src into web/dist with esbuild and terser.
//
//	go run ./web/build           (or: go generate ./web)
//	go run ./web/build -check    fails when web/dist is not what would be built
//
// It wants the npm packages of package-lock.json in node_modules (npm ci).
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	check := flag.Bool("check", false, "compare with what is in dist and write nothing")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	root, err := webFolder()
	if err != nil {
		return err
	}
	files, err := build(root)
	if err != nil {
		return err
	}
	dist := filepath.Join(root, "dist")
	if check {
		return compare(dist, files)
	}
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(dist, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// webFolder finds the web folder from the repository's root or from itself.
func webFolder() (string, error) {
	for _, dir := range []string{".", "web"} {
		if _, err := os.Stat(filepath.Join(dir, "src", "webphone.ts")); err == nil {
			return filepath.Abs(dir)
		}
	}
	return "", errors.New("run it in the repository's root or in web")
}

// internalNames are properties of the engine's own objects that no host page
// and no browser interface has. They are shortened, which saves the phone some
// two per cent. What is looked up by its name in quotes has to keep it: see
// checkNames.
const internalNames = `^(` +
	`acknowledge|admits|again|agent|agreed|barred|broken|cnonce|counted|depth|draft|early|emit|` +
	`failures|fields|flow|forget|giveUp|heard|holdOthers|inUse|invited|leaving|listed|localNumber|` +
	`localTag|notified|ofCallee|ofCaller|offered|opened|outcome|patient|peerConnection|probe|probes|` +
	`proven|provide|pulse|rank|reachable|recalled|recalling|referred|reinvite|remoteNumber|remoteTag|` +
	`resends|respond|restored|rests|retire|ring|routeSet|routes|scheme|sendPatiently|sequence|` +
	`setHeld|settle|shelf|sipExtras|sound|steady|tidy|transferred|unsent|uses|waits|wanted|` +
	`whenDrained` + `)$`

// shortNames gives every internal name one that is the same in all outputs, so
// that what is loaded on demand finds what it is given. No other property of
// the engine is one capital letter, alone or behind a small one.
func shortNames() map[string]any {
	short := map[string]any{}
	for i, name := range strings.Split(internalNames[2:len(internalNames)-2], "|") {
		letter := string(rune('A' + i%26))
		if i >= 26 {
			letter = string(rune('a'+i/26-1)) + letter
		}
		short[name] = letter
	}
	return short
}

// quoted finds an internal name in quotes.
var quoted = regexp.MustCompile("[\"'`](" + internalNames[2:len(internalNames)-2] + ")[\"'`]")

// checkNames fails when a name that is shortened stands in quotes somewhere in
// what was bundled, such as a state that a table is asked for.
func checkNames(root, metafile string) error {
	var built struct{ Inputs map[string]struct{} }
	if err := json.Unmarshal([]byte(metafile), &built); err != nil {
		return err
	}
	for name := range built.Inputs {
		if !strings.HasPrefix(name, "src/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		if found := quoted.Find(text); found != nil {
			return fmt.Errorf("%s has %s: a name in quotes can't be shortened", name, found)
		}
	}
	return nil
}

// onDemandModules are what phone.js and webphone.js load from beside them when
// it is needed, by their source below web/src: each becomes phone-….js.
var onDemandModules = []string{
	"extras.ts", "media.ts", "calls.ts", "panels.ts", "words.ts",
	"element/languages/*.ts",
}

// onDemandName is the name, without .js, of an on-demand module in dist.
func onDemandName(source string) string {
	return "phone-" + strings.TrimSuffix(path.Base(filepath.ToSlash(source)), ".ts")
}

var onDemand = api.Plugin{Name: "on demand", Setup: func(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: `^\.\.?/.*\.ts$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		if args.Kind != api.ResolveJSDynamicImport {
			return api.OnResolveResult{}, nil
		}
		return api.OnResolveResult{Path: "./" + onDemandName(args.Path) + ".js", External: true}, nil
	})
}}

// entryPoints are the modules of dist.
func entryPoints(src string) ([]api.EntryPoint, error) {
	points := []api.EntryPoint{
		{InputPath: filepath.Join(src, "webphone.ts"), OutputPath: "webphone"},
		{InputPath: filepath.Join(src, "phone.ts"), OutputPath: "phone"},
		{InputPath: filepath.Join(src, "app", "app.ts"), OutputPath: "app"},
		{InputPath: filepath.Join(src, "gallery", "gallery.ts"), OutputPath: "gallery/gallery"},
		{InputPath: filepath.Join(src, "gallery", "scene.ts"), OutputPath: "gallery/scene"},
	}
	for _, pattern := range onDemandModules {
		sources, err := filepath.Glob(filepath.Join(src, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		for _, source := range sources {
			if strings.HasSuffix(source, ".test.ts") {
				continue
			}
			points = append(points, api.EntryPoint{InputPath: source, OutputPath: onDemandName(source)})
		}
	}
	return points, nil
}

// pagePoints are the modules of what the builder makes, and of the builder. They
// deal with documents, whose names are public: none is shortened.
func pagePoints(src string) []api.EntryPoint {
	return []api.EntryPoint{
		{InputPath: filepath.Join(src, "page", "page.ts"), OutputPath: "page"},
		{InputPath: filepath.Join(src, "examples", "examples.ts"), OutputPath: "examples/examples"},
		{InputPath: filepath.Join(src, "builder", "builder.ts"), OutputPath: "builder/builder"},
		{InputPath: filepath.Join(src, "builder", "guard.ts"), OutputPath: "builder/guard"},
	}
}

// modules is how modules of dist are bundled.
func modules(root string, points []api.EntryPoint) api.BuildOptions {
	return api.BuildOptions{
		AbsWorkingDir:       root,
		EntryPointsAdvanced: points,
		Bundle:              true,
		Outdir:              filepath.Join(root, "dist"),
		Format:              api.FormatESModule,
		Target:              api.ES2022,
		Charset:             api.CharsetUTF8,
		MinifyWhitespace:    true,
		MinifyIdentifiers:   true,
		MinifySyntax:        true,
		LegalComments:       api.LegalCommentsNone,
		// Lit's browser builds read this condition; without it the slower
		// development build would be taken.
		Conditions: []string{"production"},
		// Pages load the component under its public address, so that all
		// share one copy.
		External: []string{"/webphone.js"},
		LogLevel: api.LogLevelWarning,
		Metafile: true,
	}
}

// bundle adds what is built to files, and returns esbuild's account of it.
func bundle(root string, options api.BuildOptions, files map[string][]byte) (metafile string, err error) {
	result := api.Build(options)
	if len(result.Errors) > 0 {
		return "", errors.New("esbuild reported errors")
	}
	for _, out := range result.OutputFiles {
		name, err := filepath.Rel(options.Outdir, out.Path)
		if err != nil {
			return "", err
		}
		content, err := squeeze(root, out.Contents)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		files[filepath.ToSlash(name)] = content
	}
	return result.Metafile, nil
}

// build returns every file of dist by its slash-separated name.
func build(root string) (map[string][]byte, error) {
	src := filepath.Join(root, "src")
	files := map[string][]byte{}
	points, err := entryPoints(src)
	if err != nil {
		return nil, err
	}
	phone := modules(root, points)
	phone.MangleProps, phone.MangleCache = internalNames, shortNames()
	phone.Plugins = []api.Plugin{onDemand}
	metafile, err := bundle(root, phone, files)
	if err != nil {
		return nil, err
	}
	if err := checkNames(root, metafile); err != nil {
		return nil, err
	}
	if _, err := bundle(root, modules(root, pagePoints(src)), files); err != nil {
		return nil, err
	}
	static := filepath.Join(src, "app", "static")
	err = filepath.WalkDir(static, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(static, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	if files["embed.js"], err = classic(filepath.Join(src, "page", "embed.ts"), nil); err != nil {
		return nil, err
	}
	files["sw.js"], err = serviceWorker(root, files)
	return files, err
}

// classic bundles a script that is no module: one that has to know its own element,
// or runs where modules do not.
func classic(source string, define map[string]string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{source},
		Bundle:            true,
		Format:            api.FormatIIFE,
		Target:            api.ES2022,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Define:            define,
		LogLevel:          api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return nil, errors.New("esbuild reported errors")
	}
	return result.OutputFiles[0].Contents, nil
}

// squeeze lets terser have another look at what esbuild has minified: that
// saves some two per cent of what a browser loads.
func squeeze(root string, code []byte) ([]byte, error) {
	terser := exec.Command("node", filepath.Join(root, "..", "node_modules", "terser", "bin", "terser"),
		"--module", "--ecma", "2022", "--compress", "passes=3", "--mangle")
	terser.Stdin, terser.Stderr = bytes.NewReader(code), os.Stderr
	return terser.Output()
}

func compare(dist string, files map[string][]byte) error {
	var wrong []string
	for name, content := range files {
		have, err := os.ReadFile(filepath.Join(dist, name))
		if err != nil || !bytes.Equal(have, content) {
			wrong = append(wrong, name)
		}
	}
	err := filepath.WalkDir(dist, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dist, path)
		if err == nil && files[filepath.ToSlash(name)] == nil {
			wrong = append(wrong, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		sort.Strings(wrong)
		return fmt.Errorf("dist is not what web/src builds; run `go generate ./web` and commit: %v", wrong)
	}
	return nil
}
