// Does with a registry what `oras push`, `attach`, `discover`, `copy` and `manifest delete` do, with the library they are made of:
// a client for the tests of a registry. It takes the host, the repository and the password, and ends with 1 and a sentence
// when anything differs.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/memory"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
)

const (
	artifactType  = "application/vnd.example.thing"
	signatureType = "application/vnd.example.signature"
	reportType    = "application/vnd.example.report"
	blobBytes     = 300_000
)

func main() {
	if len(os.Args) != 4 {
		fail(errors.New("usage: oras-go <host> <repository> <password>"))
	}
	if err := exercise(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func exercise(host, name, password string) error {
	ctx := context.Background()
	repository, err := remote.NewRepository(host + "/" + name)
	if err != nil {
		return err
	}
	repository.PlainHTTP = true
	credential := auth.StaticCredential(host, auth.Credential{Username: "AWS", Password: password})
	repository.Client = &auth.Client{Credential: credential}

	store := memory.New()
	artifact, err := pack(ctx, store, artifactType, nil)
	if err != nil {
		return err
	}
	if err := store.Tag(ctx, artifact, "v1"); err != nil {
		return err
	}
	if _, err := oras.Copy(ctx, store, "v1", repository, "v1", oras.DefaultCopyOptions); err != nil {
		return fmt.Errorf("push: %w", err)
	}
	attached := map[string]ocispec.Descriptor{}
	for _, it := range []string{signatureType, reportType} {
		referrer, err := pack(ctx, store, it, &artifact)
		if err != nil {
			return err
		}
		if err := oras.CopyGraph(ctx, store, repository, referrer, oras.DefaultCopyGraphOptions); err != nil {
			return fmt.Errorf("attach: %w", err)
		}
		attached[it] = referrer
	}
	if err := discover(ctx, repository, artifact, attached); err != nil {
		return err
	}
	if err := pull(ctx, repository, store, "v1", artifact); err != nil {
		return err
	}
	if err := pull(ctx, repository, store, artifact.Digest.String(), artifact); err != nil {
		return err
	}
	return remove(ctx, repository, artifact, attached[signatureType])
}

// pack stores an artifact with one random blob, which has a subject or none.
func pack(ctx context.Context, store *memory.Store, kind string, subject *ocispec.Descriptor) (ocispec.Descriptor, error) {
	blob := make([]byte, blobBytes)
	if _, err := rand.Read(blob); err != nil {
		return ocispec.Descriptor{}, err
	}
	layer := ocispec.Descriptor{MediaType: "application/octet-stream", Digest: digest.FromBytes(blob), Size: int64(len(blob))}
	if err := store.Push(ctx, layer, bytes.NewReader(blob)); err != nil {
		return ocispec.Descriptor{}, err
	}
	options := oras.PackManifestOptions{Subject: subject, Layers: []ocispec.Descriptor{layer}}
	return oras.PackManifest(ctx, store, oras.PackManifestVersion1_1, kind, options)
}

// discover lists the referrers, all of them and those of one type, and wants those that were attached.
func discover(ctx context.Context, repository *remote.Repository, subject ocispec.Descriptor, attached map[string]ocispec.Descriptor) error {
	for kind, count := range map[string]int{"": len(attached), signatureType: 1} {
		found := 0
		err := repository.Referrers(ctx, subject, kind, func(page []ocispec.Descriptor) error {
			for _, it := range page {
				if attached[it.ArtifactType].Digest != it.Digest {
					return fmt.Errorf("discover: %s was not attached as %s", it.Digest, it.ArtifactType)
				}
				found++
			}
			return nil
		})
		if err != nil {
			return err
		}
		if found != count {
			return fmt.Errorf("discover: %d referrers of type %q, want %d", found, kind, count)
		}
	}
	return nil
}

// pull copies what a reference names, and compares every byte below it with what was pushed.
func pull(ctx context.Context, repository *remote.Repository, pushed *memory.Store, reference string, want ocispec.Descriptor) error {
	pulled := memory.New()
	root, err := oras.Copy(ctx, repository, reference, pulled, "", oras.DefaultCopyOptions)
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	if root.Digest != want.Digest {
		return fmt.Errorf("pull: %s is %s, want %s", reference, root.Digest, want.Digest)
	}
	successors, err := content.Successors(ctx, pulled, root)
	if err != nil {
		return err
	}
	for _, it := range append(successors, root) {
		got, err := content.FetchAll(ctx, pulled, it)
		if err != nil {
			return err
		}
		original, err := content.FetchAll(ctx, pushed, it)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, original) {
			return fmt.Errorf("pull: the bytes of %s differ", it.Digest)
		}
	}
	return nil
}

// remove deletes a referrer and then its subject, and wants both to be gone.
func remove(ctx context.Context, repository *remote.Repository, subject, referrer ocispec.Descriptor) error {
	for _, it := range []ocispec.Descriptor{referrer, subject} {
		if err := repository.Delete(ctx, it); err != nil {
			return fmt.Errorf("delete: %w", err)
		}
		if _, err := repository.Resolve(ctx, it.Digest.String()); !errors.Is(err, errdef.ErrNotFound) {
			return fmt.Errorf("delete: %s is still there: %v", it.Digest, err)
		}
	}
	return nil
}
