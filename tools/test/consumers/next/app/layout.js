// The frame of every page.

export const metadata = { title: "A page that Next built", icons: "data:," };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
