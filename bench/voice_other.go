//go:build !linux

package main

import "errors"

func benchVoice() ([]row, error) { return nil, errors.New("voice is measured on Linux only") }

func runRelay() error { return errors.New("voice is measured on Linux only") }
