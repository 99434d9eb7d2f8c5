#!/bin/bash
# The types that a program writes of its C++, and what the check of the .tsx files makes of them.
#
#   check.sh NODE TYPES_MJS NOTES RENAMED SOURCE SCRATCH
#
# NOTES and RENAMED are programs; RENAMED is one whose Editor calls its prop `words`. SOURCE is the root of the tree.
set -uo pipefail
node=$1 types=$2 notes=$3 renamed=$4 source=$5 scratch=$6

die() {
  echo "$1" >&2
  exit 1
}
rm -rf "$scratch"
mkdir -p "$scratch/app"
cp -r "$source/examples/notes/client" "$scratch/app"
cp "$source/test/types/client/Sampler.tsx" "$scratch/app/client"
cd "$scratch" || exit 1

# The notes as they are.
"$notes" --write-types notes/types || die "the notes' types are not written"
said=$("$node" "$types" app notes client/Editor.tsx client/NewNote.tsx 2>&1) || die "the notes' types do not fit: $said"
[[ ! -e .duramen ]] || die "writing the types opened the data directory"

# Equal types are left alone, so that nothing is built for them.
touch -d '2020-01-01' notes/types/app.d.ts
"$notes" --write-types notes/types
[[ $(date -r notes/types/app.d.ts +%Y) == 2020 ]] || die "equal types were written again"

# A prop that C++ renamed.
"$renamed" --write-types renamed/types || die "the renamed types are not written"
said=$("$node" "$types" app renamed client/Editor.tsx 2>&1) && die "a renamed prop passes"
line=$(grep -n '{ text, save }' app/client/Editor.tsx | cut -d: -f1)
grep -q "client/Editor.tsx($line,[0-9]*): error TS2339: Property 'text' does not exist on type 'EditorProps'" <<<"$said" ||
  die "the renamed prop is not named with its place, line $line: $said"

# The same, where the component has types of its own.
sed -i "s/^import type { EditorProps } .*/import type { Revision, Save } from 'duramen\/client';\ninterface EditorProps { readonly text: Revision; readonly save: Save }/" app/client/Editor.tsx
said=$("$node" "$types" app renamed client/Editor.tsx 2>&1) && die "a component with its own types passes"
grep -q "Property 'text' is missing in type 'EditorProps'\|Property 'text'" <<<"$said" || die "not the reason: $said"

# Props of every kind.
said=$("$node" "$types" app renamed client/Sampler.tsx 2>&1) || die "a kind of prop has another type: $said"

# A folder that cannot be.
touch file
said=$("$notes" --write-types file/types 2>&1)
[[ $? == 1 && $said == "cannot make file/types for the types: Not a directory" ]] || die "not said why: $said"
mkdir -p folder/app.d.ts
said=$("$notes" --write-types folder 2>&1)
[[ $? == 1 && $said == "cannot write folder/app.d.ts: Is a directory" ]] || die "not said why: $said"
