#!/bin/bash
# One case: wrong as it stands, right with -DDURAMEN_RIGHT. Its first line is a comment with the sentence that the compiler
# must say first; "// errors: 2" in its second line allows one more that follows from it.
#
# "// precompiled: no" reads the headers as they are: clang makes no suggestions from precompiled ones.
#
#   check.sh CASE.cc COMPILER FLAGS... -include-pch HEADERS
set -uo pipefail
case=$1
shift
sentence=$(sed '/^#/,$d; s,^// ,,' "$case" | tr '\n' ' ')
sentence=${sentence% }
allowed=$(sed -n 's,^#.*// errors: ,,p' "$case")
compiler=("$@")
if grep -q '^#.*// precompiled: no$' "$case"; then compiler=("${@:1:$#-2}"); fi

right=$("${compiler[@]}" -DDURAMEN_RIGHT -fsyntax-only "$case" 2>&1) || {
  printf 'The right form does not compile:\n%s\n' "$right"
  exit 1
}
wrong=$("${compiler[@]}" -fsyntax-only "$case" 2>&1) && {
  echo "The wrong form compiles: nobody says \"$sentence\""
  exit 1
}
mapfile -t errors < <(grep -E '(^|: )(fatal )?error: ' <<<"$wrong")
# What a consteval constructor calls is named in the note below its error.
first=${errors[0]}
[[ $first != *"is not a constant expression"* ]] || first=$(grep -m 1 'non-constexpr function' <<<"$wrong")
if [[ $first != *"$sentence"* ]]; then
  printf 'The first error does not say "%s":\n%s\n' "$sentence" "$wrong"
  exit 1
fi
if ((${#errors[@]} > ${allowed:-1})); then
  printf 'There are %d errors instead of %d:\n%s\n' "${#errors[@]}" "${allowed:-1}" "$(printf '%s\n' "${errors[@]}")"
  exit 1
fi
