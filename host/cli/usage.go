package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/omakase-ai/omakase/core/errs"
)

// misuse says what is wrong with a command line and what would be right. The
// parser knows where it stopped; what it says of it is about itself.
func misuse(err error) error {
	parsing, ok := errors.AsType[*kong.ParseError](err)
	if !ok || parsing.Context == nil {
		return errs.New(errs.Invalid, "%v", err).WithHint("omakase --help shows all commands")
	}
	said := parsing.Error()
	at := parsing.Context.Selected()
	if at == nil {
		at = parsing.Context.Model.Node
	}
	name := at.FullPath()
	extra, surplus := strings.CutPrefix(said, "unexpected argument ")
	if len(at.Children) > 0 {
		wrong := errs.New(errs.Invalid, "a command is missing behind %s", name)
		switch {
		case surplus:
			extra, guess, _ := strings.Cut(extra, ", did you mean ")
			wrong = errs.New(errs.Invalid, "there is no command %s", strings.TrimSpace(at.Path()+" "+extra))
			if guess != "" {
				wrong.Msg += "; did you mean " + guess
			}
		case !strings.HasPrefix(said, "expected"):
			wrong = errs.New(errs.Invalid, "%s: %s", name, said)
		}
		return wrong.WithHint("commands are %s; %s --help says more", children(at), name)
	}
	hint := fmt.Sprintf("usage: omakase %s; %s --help says more", at.Summary(), name)
	switch given := positionals(parsing.Context); {
	case surplus && at.Path() == "plugin new" && len(given) == 1:
		return errs.New(errs.Invalid, "%s takes one name, and there are two: %q and %q", name, given[0], extra).
			WithHint("the name is one word: %s %s-%s", name, given[0], extra)
	case surplus:
		return errs.New(errs.Invalid, "%s has no use for %q", name, extra).WithHint("%s", hint)
	case strings.HasPrefix(said, "expected"):
		return errs.New(errs.Invalid, "%s needs %s", name, missing(at, len(given))).WithHint("%s", hint)
	case strings.HasSuffix(said, `"EOL" (<EOL>)`):
		flag, _, _ := strings.Cut(said, ":")
		return errs.New(errs.Invalid, "%s: %s needs a value", name, flag).WithHint("%s", hint)
	}
	return errs.New(errs.Invalid, "%s: %s", name, said).WithHint("%s", hint)
}

// children are the commands behind a command.
func children(n *kong.Node) string {
	var all []string
	for _, c := range n.Children {
		all = append(all, c.Name)
	}
	return strings.Join(all, ", ")
}

// positionals are the arguments that the parser found, apart from flags.
func positionals(c *kong.Context) []string {
	var all []string
	for _, p := range c.Path {
		if p.Positional != nil {
			all = append(all, fmt.Sprint(c.Value(p)))
		}
	}
	return all
}

// missing are the arguments from the one at from, with what they are.
func missing(n *kong.Node, from int) string {
	var all []string
	for _, arg := range n.Positional[from:] {
		if arg.Required {
			all = append(all, fmt.Sprintf("%s (%s)", arg.Summary(), strings.TrimSuffix(arg.Help, ".")))
		}
	}
	return strings.Join(all, " and ")
}

// fileHint says what to do about a file that the system refuses, where the
// error has no better hint.
func fileHint(err error) string {
	var name string
	if wrong, ok := errors.AsType[*fs.PathError](err); ok {
		name = wrong.Path
	} else if wrong, ok := errors.AsType[*os.LinkError](err); ok {
		name = wrong.New
	} else {
		return ""
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "check the name; one that doesn't begin with / is looked for in the folder that you are in"
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("this user may not touch %s: change its owner or mode, name another place, or be another user", name)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Sprintf("%s is a folder; name a file", name)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Sprintf("a part of %s is a file and no folder; name another place", name)
	case errors.Is(err, syscall.EROFS):
		return fmt.Sprintf("%s is where nothing can be written; name another place", name)
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full; make room"
	}
	return ""
}
