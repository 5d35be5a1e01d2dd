// Command bundle makes what the measurements in browsers load, each one classic
// script, minified as a site would ship it, with nothing taken away:
//
//	go run ./bench/bundle FOLDER
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// scripts are the whole libraries, and their parsers alone behind one surface.
var scripts = map[string]string{
	"jssip": `import JsSIP from "jssip"; window.JsSIP = JsSIP;`,
	"sipjs": `import * as SIP from "sip.js"; window.SIP = SIP;`,

	"parse-web-phone": `export * from "./bench/browser/page/parse-web-phone.js";`,
	"parse-jssip":     `export * from "./bench/browser/page/parse-jssip.js";`,
	"parse-sipjs":     `export * from "./bench/browser/page/parse-sipjs.js";`,
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bundle FOLDER")
		os.Exit(2)
	}
	for name, source := range scripts {
		result := api.Build(api.BuildOptions{
			Stdin:             &api.StdinOptions{Contents: source, ResolveDir: ".", Sourcefile: name + ".js"},
			Bundle:            true,
			Outfile:           filepath.Join(os.Args[1], name+".js"),
			Write:             true,
			Format:            api.FormatIIFE,
			Target:            api.ES2022,
			Platform:          api.PlatformBrowser,
			Charset:           api.CharsetUTF8,
			MinifyWhitespace:  true,
			MinifyIdentifiers: true,
			MinifySyntax:      true,
			LegalComments:     api.LegalCommentsNone,
			LogLevel:          api.LogLevelWarning,
		})
		if len(result.Errors) > 0 {
			os.Exit(1)
		}
	}
}
